// The documentation site. `cargo xtask docs` puts this folder, the pages of the repository and the built package together, and builds it.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vitepress";

import { links, plainText } from "./links.mjs";
import { SECTIONS } from "./pages.mjs";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const root = process.env.MERGEFETCH_ROOT;
if (root === undefined) throw new Error("expected MERGEFETCH_ROOT, the root of the repository: build the site with `cargo xtask docs`");

const ELEMENTS = ["merge-conflict", "merge-changes"];

export default defineConfig({
  title: "mergefetch",
  description: "fetch for web pages on which several people edit the same things",
  srcExclude: ["node_modules/**", "public/**"],
  cleanUrls: false,
  // The build names each link that leads nowhere, and fails.
  ignoreDeadLinks: false,
  vue: { template: { compilerOptions: { isCustomElement: (tag) => ELEMENTS.includes(tag) } } },
  markdown: {
    config: (markdown) => markdown.use(links(root, folder)).use(plainText),
    attrs: { disable: true },
    languageAlias: { "json-merge": "json", vcl: "c" },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Start", link: "/pkg/README" },
      { text: "Guide", link: "/docs/guide/README" },
      { text: "Try it", link: "/live" },
      { text: "API", link: "/reference/index.html", target: "_self" },
    ],
    sidebar: SECTIONS.map(({ text, pages, links: others = [] }) => ({
      text,
      collapsed: text === "Work on it",
      items: [...others.map(([name, link]) => ({ text: name, link, target: "_self" })), ...pages.map(([name, page]) => ({ text: name, link: `/${page}` }))],
    })),
  },
});
