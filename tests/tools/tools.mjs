// How people start each tool, without any configuration where the tool needs none.
const at = (port) => ["--host", "127.0.0.1", "--port", String(port)];

/** A page beside the script `main.js`. */
const BUNDLED = (folder, scripts) => ({ [`${folder}/index.html`]: "bundled.html", ...scripts });
const PAGE = { "index.html": "index.html", "main.js": "main.js", "loop.js": "loop.js" };
const SOURCE = { "src/index.js": "main.js", "src/loop.js": "loop.js" };

/** What the page shows that has no worker. */
const WITHOUT_WORKER = 'merged: {"mine":1,"theirs":1}';

const ESBUILD = ["--bundle", "--format=esm", "--splitting", "--minify", "--outdir=public"];
const BY_ADDRESS = [...ESBUILD, "--loader:.wasm=file", "main.js", "worker-thread=mergefetch/worker-thread"];

export const tools = {
  vite: () => [{ files: PAGE, dev: (port) => ["vite", ...at(port), "--strictPort"], build: ["vite", "build"], output: "dist" }],

  webpack: () => [
    {
      files: { ...SOURCE, "public/index.html": "bundled.html", "dist/index.html": "bundled.html" },
      dev: (port) => ["webpack", "serve", "--mode", "development", ...at(port)],
      build: ["webpack", "--mode", "production"],
      output: "dist",
    },
  ],

  rspack: () => [
    {
      files: { ...SOURCE, "public/index.html": "bundled.html", "dist/index.html": "bundled.html" },
      dev: (port) => ["rspack", "serve", "--mode", "development", ...at(port)],
      build: ["rspack", "build", "--mode", "production"],
      output: "dist",
    },
  ],

  rollup: () => [
    {
      about: " with the plugin for files that modules name",
      files: BUNDLED("public", { "rollup-main.js": "rollup-main.js", "loop.js": "loop.js", "rollup.config.js": "rollup.config.js" }),
      build: ["rollup", "--config"],
      output: "public",
    },
  ],

  esbuild: () => [
    {
      about: " without options, with the modules in the script",
      files: BUNDLED("public", { "main.js": "inline.js", "loop.js": "loop.js" }),
      dev: (port) => ["esbuild", ...ESBUILD, "main.js", "--servedir=public", `--serve=127.0.0.1:${port}`],
      build: ["esbuild", ...ESBUILD, "main.js"],
      output: "public",
      shown: WITHOUT_WORKER,
      isInline: true,
    },
    {
      about: " with the lines of the README",
      files: BUNDLED("public", { "main.js": "by-address.js", "loop.js": "loop.js" }),
      dev: (port) => ["esbuild", ...BY_ADDRESS, "--servedir=public", `--serve=127.0.0.1:${port}`],
      build: ["esbuild", ...BY_ADDRESS],
      output: "public",
    },
  ],

  parcel: () => [
    {
      files: PAGE,
      dev: (port) => ["parcel", "serve", "index.html", ...at(port)],
      build: ["parcel", "build", "index.html"],
      output: "dist",
    },
  ],
};
