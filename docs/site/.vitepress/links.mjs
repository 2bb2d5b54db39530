// Links of the pages: to other pages as they are, to other files of the repository as text beside the site.
import { copyFileSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

import { FILES } from "./pages.mjs";

const IMAGE = /\.(png|svg|jpe?g|webp)$/;

/**
 * A plugin for markdown-it. A link to a file that is no page leads to a copy of the file in `public/files`; a link to a folder without a page
 * becomes its text.
 *
 * @param {string} root The root of the repository.
 * @param {string} folder The folder of the site.
 */
export function links(root, folder) {
  const copied = (file) => {
    // As text, so that a browser shows it and does not download it.
    const to = `files/${file}.txt`;
    mkdirSync(dirname(join(folder, "public", to)), { recursive: true });
    copyFileSync(join(root, file), join(folder, "public", to));
    return `/${to}`;
  };
  const leading = (href, page) => {
    if (/^(\w+:|\/|#)/.test(href) || IMAGE.test(href)) return href;
    const [path] = href.split("#");
    const file = posix.normalize(posix.join(posix.dirname(page), decodeURIComponent(path)));
    if (FILES.includes(file) || file === "live.md") return href;
    if (!existsSync(join(root, file))) throw new Error(`${page} has a link to ${href}, but there is no such file`);
    if (!statSync(join(root, file)).isDirectory()) return copied(file);
    const index = posix.join(file, "README.md");
    return FILES.includes(index) ? posix.join(path, "README.md") : undefined;
  };
  return (markdown) => {
    markdown.core.ruler.push("links-of-the-repository", ({ tokens, env }) => {
      for (const { children } of tokens) {
        for (let at = 0; at < (children?.length ?? 0); at++) {
          const token = children[at];
          if (token.type !== "link_open") continue;
          const href = leading(token.attrGet("href"), env.relativePath);
          if (href !== undefined) {
            token.attrSet("href", href);
            if (href.startsWith("/files/")) token.attrSet("target", "_self");
          } else {
            const end = children.findIndex(({ type }, index) => index > at && type === "link_close");
            children.splice(end, 1);
            children.splice(at, 1);
          }
        }
      }
    });
  };
}

/** Pages of the repository are no programs: HTML in them is shown as it is. */
export function plainText(markdown) {
  for (const name of ["html_block", "html_inline"]) {
    const rule = markdown.renderer.rules[name];
    markdown.renderer.rules[name] = (tokens, at, options, env, self) =>
      FILES.includes(env.relativePath) ? markdown.utils.escapeHtml(tokens[at].content) : rule(tokens, at, options, env, self);
  }
  // Vue evaluates `{{ … }}` in text.
  const text = markdown.renderer.rules.text;
  markdown.renderer.rules.text = (...parts) => (FILES.includes(parts[3].relativePath) ? text(...parts).replaceAll("{{", "&#123;&#123;") : text(...parts));
}
