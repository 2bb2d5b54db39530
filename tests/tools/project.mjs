// A small project of somebody who uses a tool, in a folder of its own, with the packed package installed.
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { run } from "./processes.mjs";

const app = join(dirname(fileURLToPath(import.meta.url)), "app");
const lab = process.env.MERGEFETCH_LAB;
const archive = process.env.MERGEFETCH_ARCHIVE;
const STAMP = "installed.json";
const OPTIONS = ["--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--save-exact"];

/** The folder of the project; what is installed there stays for the next run, all else is new. */
export async function project(packages, { files = {}, manifest = {} }) {
  const folder = join(lab, packages[0].replace("/", "-"));
  await install(folder, packages, manifest);
  await clear(folder);
  const source = join(folder, "node_modules/mergefetch");
  await rm(source, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  await run(folder, ["tar", "--extract", "--strip-components=1", "--file", archive, "--directory", source]);
  for (const [to, from] of Object.entries(files)) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await cp(join(app, from), join(folder, to), { recursive: true });
  }
  return folder;
}

/** Removes what was made in an earlier run, and what a tool remembers of the package. */
async function clear(folder) {
  const kept = ["node_modules", "package.json", "package-lock.json", STAMP];
  const made = (await readdir(folder)).filter((name) => !kept.includes(name));
  const remembered = [".vite", ".cache"].map((name) => join("node_modules", name));
  await Promise.all([...made, ...remembered].map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function install(folder, packages, manifest) {
  const stamp = join(folder, STAMP);
  const wanted = JSON.stringify(packages);
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "somebody-s-page", private: true, type: "module", ...manifest }));
  await run(folder, ["npm", "install", ...OPTIONS, ...packages]);
  await writeFile(stamp, wanted);
}
