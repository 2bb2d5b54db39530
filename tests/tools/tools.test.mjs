// Each tool that people build pages with: its dev server and its build, opened in Chromium, until a save was merged.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";

import { open, serve } from "../packaging/support.mjs";
import { expectEachModuleOnce } from "./modules.mjs";
import { startNotes } from "./notes.mjs";
import { project } from "./project.mjs";
import { start, run } from "./processes.mjs";
import { tools } from "./tools.mjs";
import versions from "./versions.json" with { type: "json" };

/** All versions and variants, or only the first of each tool. */
const isFull = process.env.MERGEFETCH_TOOLS === "all";
/** Where one works on a single tool: its name, or the beginning of its name and version. */
const only = process.env.MERGEFETCH_TOOL ?? "";

/** No build needs more, except those of tools that write scripts into the page. */
const STRICT = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' http://127.0.0.1:*; img-src data:",
};

const limit = { timeout: 300_000 };

async function expectMergedSave(t, address, { shown, refused = 1 }) {
  const notes = await startNotes(t);
  const seen = await open(address, undefined, notes.address);
  assert.equal(seen.title, shown, seen.complaints.join("; "));
  assert.deepEqual(seen.complaints, []);
  assert.equal(notes.refused(), refused, "how many saves were refused");
}

for (const [name, pinned] of Object.entries(versions)) {
  for (const packages of isFull ? pinned : pinned.slice(0, 1)) {
    const variants = tools[name](packages);
    for (const variant of isFull ? variants : variants.slice(0, 1)) {
      const title = `${packages[0]}${variant.about ?? ""}`;
      if (!title.startsWith(only)) continue;
      const prepared = () => project(packages, variant);
      if (variant.dev) {
        test(`${title}, dev server`, limit, async (t) => {
          const folder = await prepared();
          const address = await start(t, folder, variant.dev);
          await expectMergedSave(t, address, variant);
        });
      }
      if (variant.build) {
        test(`${title}, build`, limit, async (t) => {
          const folder = await prepared();
          await run(folder, variant.build);
          await expectEachModuleOnce(folder, variant);
          // A build is taken elsewhere, without the packages.
          await rm(`${folder}/node_modules/mergefetch`, { recursive: true });
          const address = variant.serve ? await start(t, folder, variant.serve) : await serve(`${folder}/${variant.output}`, variant.hasInlineScripts ? {} : STRICT);
          await expectMergedSave(t, address, variant);
        });
      }
    }
  }
}
