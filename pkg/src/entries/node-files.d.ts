/** All that `node.ts` needs of Node.js: its own types would make the page's code look as if it had them, too. */
declare module "node:fs/promises" {
  export function readFile(file: URL): Promise<Uint8Array<ArrayBuffer>>;
}
