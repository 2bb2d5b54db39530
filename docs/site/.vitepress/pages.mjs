// The pages of the site by section: files of the repository, in the order of the sidebar.

/** Each page is a name in the sidebar with a file, relative to the root of the repository; without `.md`. */
export const SECTIONS = [
  { text: "Start", pages: [["Two minutes to a merge", "pkg/README"], ["Try it here", "live"], ["When not to use it", "docs/guide/when-not"], ["Questions", "docs/guide/faq"]] },
  {
    text: "Guide",
    pages: [
      ["All pages", "docs/guide/README"],
      ["Versions and preconditions", "docs/guide/versions"],
      ["Saves", "docs/guide/saves"],
      ["client.fetch", "docs/guide/fetch"],
      ["Merge rules", "docs/guide/merge-rules"],
      ["Show a conflict", "docs/guide/conflict-view"],
      ["The element", "docs/ELEMENT"],
      ["Documents in forms", "docs/guide/documents"],
      ["Frameworks", "docs/guide/frameworks"],
      ["Offline, drafts, tabs", "docs/guide/offline"],
      ["Tests of conflicts", "docs/guide/testing"],
      ["Migration", "docs/guide/migration"],
      ["Observing", "docs/guide/observing"],
      ["Errors and warnings", "docs/guide/errors"],
    ],
  },
  {
    text: "Servers",
    pages: [
      ["Check a server", "docs/guide/doctor"],
      ["Recipes", "docs/guide/servers"],
      ["Other origins (CORS)", "docs/guide/cors"],
      ["Caches and replicas", "docs/guide/caches"],
      ["Version adapters", "docs/guide/adapters"],
      ["Real servers, tried", "tests/servers/README"],
    ],
  },
  {
    text: "Reference",
    pages: [
      ["HTTP", "docs/HTTP"],
      ["Text merges", "docs/MERGE"],
      ["JSON merges", "docs/JSON-MERGE"],
      ["Browsers, measured", "docs/BROWSERS"],
      ["Size", "docs/SIZE"],
      ["Changes", "CHANGELOG"],
      ["Security", "SECURITY"],
    ],
    // Made by other tools into `public`.
    links: [["API", "/reference/index.html"], ["Rust API", "/rust/mergefetch/index.html"]],
  },
  {
    text: "Work on it",
    pages: [
      ["Overview", "README"],
      ["Contributing", "CONTRIBUTING"],
      ["Where a change belongs", "docs/HACKING"],
      ["Design", "docs/DESIGN"],
      ["Laws", "docs/LAWS"],
      ["Rules of HTTP", "docs/HTTP-RULES"],
      ["Rules of merges", "docs/MERGE-RULES"],
      ["Releasing", "RELEASING"],
      ["Example server", "www/server/README"],
      ["Examples", "examples/README"],
      ["Chaos", "tests/chaos/README"],
    ],
  },
];

/** The files of all pages that come from the repository. */
export const FILES = SECTIONS.flatMap(({ pages }) => pages.map(([, page]) => `${page}.md`)).filter((file) => file !== "live.md");
