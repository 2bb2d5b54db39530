// Copies the pages of the repository, and their pictures, beside the site: `node prepare.mjs ROOT FOLDER`.
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { FILES } from "./.vitepress/pages.mjs";

const [root, folder] = process.argv.slice(2);
for (const path of ["public/files", ".vitepress/dist", ".vitepress/cache"]) await rm(join(folder, path), { recursive: true, force: true });
for (const file of [...FILES, "docs/pictures"]) {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await cp(join(root, file), join(folder, file), { recursive: true });
}
// The first page names its picture as an address, not as an import.
await cp(join(root, "docs/pictures"), join(folder, "public/docs/pictures"), { recursive: true });
