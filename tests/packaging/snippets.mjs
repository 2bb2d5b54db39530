// What stands in a page of Markdown, made into something that runs.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = process.env.MERGEFETCH_ROOT;

/** The blocks of a language, in order: `{ name, code }`, where the first line names a file. */
export async function blocksOf(page, language = "js") {
  const text = await readFile(join(ROOT, page), "utf8");
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"));
  return [...found].map(([, code]) => ({ name: /^(?:\/\/|#) ([\w./-]+\.\w+)\n/.exec(code)?.[1], code }));
}

/** `expression;  // → value` calls `check(expression, value, expression's text)`; imports that stand there twice stand once. */
export function checked(code) {
  const joined = code.replaceAll(/;\n\/\/ → (.*)$/gm, "; // → $1");
  const lines = joined.split("\n");
  for (const [index, line] of lines.entries()) {
    const claim = /^(.*);\s*\/\/ → (.*)$/.exec(line);
    if (!claim) continue;
    // The statement may have begun on an earlier line.
    let first = index;
    while (first > 0 && !/[;}]\s*(\/\/.*)?$|^$/.test(lines[first - 1]) && /^\s/.test(lines[first])) first -= 1;
    const expression = [...lines.slice(first, index), claim[1]].join("\n");
    lines.fill("", first, index);
    lines[index] = `check(await (async () => (${expression}))(), ${claim[2]}, ${JSON.stringify(expression)});`;
  }
  const imported = new Set();
  return lines.join("\n").replaceAll(/^import \{ ([^}]+) \} from "([^"]+)";$/gm, (_, names, from) => {
    const fresh = names.split(", ").filter((name) => !imported.has(name));
    fresh.forEach((name) => imported.add(name));
    return fresh.length === 0 ? "" : `import { ${fresh.join(", ")} } from "${from}";`;
  });
}

export const claims = (code) => code.split("// → ").length - 1;
