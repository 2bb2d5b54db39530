// How people start each tool, without any configuration where the tool needs none.
const at = (port) => ["--host", "127.0.0.1", "--port", String(port)];

/** A page beside the script `main.js`. */
const BUNDLED = (folder, scripts) => ({ [`${folder}/index.html`]: "bundled.html", ...scripts });
const PAGE = { "index.html": "index.html", "main.js": "main.js", "loop.js": "loop.js" };
const SOURCE = { "src/index.js": "main.js", "src/loop.js": "loop.js" };

/** What a merged save ends with. */
const SAVED = 'merged: {"mine":1,"theirs":1}';
/** What a page shows in the end: a merged save, and a merge in a worker. */
const SHOWN = `${SAVED}|A b C`;

const ESBUILD = ["--bundle", "--format=esm", "--splitting", "--minify", "--outdir=public"];
const BY_ADDRESS = [...ESBUILD, "--loader:.wasm=file", "main.js", "worker-thread=mergefetch/worker-thread"];

const VITE = { dev: (port) => ["vite", ...at(port), "--strictPort"], build: ["vite", "build"], output: "dist", shown: SHOWN };

const NEXT = {
  files: {
    "app/layout.jsx": "next/layout.jsx",
    "app/page.jsx": "next/page.jsx",
    "app/editor.jsx": "next/editor.jsx",
    "app/save/route.js": "next/route.js",
    "app/loop.js": "loop.js",
    "next.config.mjs": "next/next.config.mjs",
  },
  serve: (port) => ["next", "start", "--hostname", "127.0.0.1", "--port", String(port)],
  // What the browser may load; the server has files of its own.
  output: ".next/static",
  shown: `${SHOWN}|A b C {"mine":0,"theirs":0}|${SAVED}`,
  refused: 2,
};

export const tools = {
  vite: () => [
    { files: PAGE, ...VITE },
    { about: " through another package", files: { ...PAGE, "main.js": "through-other.js", "node_modules/other": "other" }, ...VITE },
  ],

  webpack: () => [
    {
      files: { ...SOURCE, "public/index.html": "bundled.html", "dist/index.html": "bundled.html" },
      dev: (port) => ["webpack", "serve", "--mode", "development", ...at(port)],
      build: ["webpack", "--mode", "production"],
      output: "dist",
      shown: SHOWN,
    },
  ],

  rspack: () => [
    {
      files: { ...SOURCE, "public/index.html": "bundled.html", "dist/index.html": "bundled.html" },
      dev: (port) => ["rspack", "serve", "--mode", "development", ...at(port)],
      build: ["rspack", "build", "--mode", "production"],
      output: "dist",
      shown: SHOWN,
    },
  ],

  rollup: () => [
    {
      about: " with the plugin for files that modules name",
      files: BUNDLED("public", { "rollup-main.js": "rollup-main.js", "loop.js": "loop.js", "rollup.config.js": "rollup.config.js" }),
      build: ["rollup", "--config"],
      output: "public",
      shown: SHOWN,
    },
  ],

  esbuild: () => [
    {
      about: " without options, with the modules in the script",
      files: BUNDLED("public", { "main.js": "inline.js", "loop.js": "loop.js" }),
      dev: (port) => ["esbuild", ...ESBUILD, "main.js", "--servedir=public", `--serve=127.0.0.1:${port}`],
      build: ["esbuild", ...ESBUILD, "main.js"],
      output: "public",
      shown: SAVED,
      isInline: true,
    },
    {
      about: " with the lines of the README",
      files: BUNDLED("public", { "main.js": "by-address.js", "loop.js": "loop.js" }),
      dev: (port) => ["esbuild", ...BY_ADDRESS, "--servedir=public", `--serve=127.0.0.1:${port}`],
      build: ["esbuild", ...BY_ADDRESS],
      output: "public",
      shown: SHOWN,
    },
  ],

  parcel: () => [
    {
      files: PAGE,
      dev: (port) => ["parcel", "serve", "index.html", ...at(port)],
      build: ["parcel", "build", "index.html"],
      output: "dist",
      shown: SHOWN,
      // Its builds hold an import map within the page.
      hasInlineScripts: true,
    },
  ],

  // Next.js 15 with Turbopack starts workers from a blob, in which an address without an origin leads nowhere: no `mergefetch/worker`.
  next: ([version]) =>
    (version.startsWith("next@15") ? ["webpack"] : ["turbopack", "webpack"]).map((bundler) => {
      const options = version.startsWith("next@15") ? [] : [`--${bundler}`];
      return {
        ...NEXT,
        about: ` with ${bundler}`,
        dev: (port) => ["next", "dev", ...options, "--hostname", "127.0.0.1", "--port", String(port)],
        build: ["next", "build", ...options],
      };
    }),
};
