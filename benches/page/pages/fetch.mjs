// The page with nothing but `fetch`.
import { address, first, second, show, type } from "./person.mjs";

const write = (value, version) =>
  fetch(address, { method: "PUT", headers: { "content-type": "application/json", "if-match": version }, body: JSON.stringify(value) });

async function edit() {
  const read = await fetch(address);
  const note = await read.json();
  show("document", note.title);

  await type("save");
  const saved = await write(first(note), read.headers.get("etag"));
  if (!saved.ok) throw new Error(`the first save was refused: ${saved.status}`);
  show("save", "saved");

  await type("conflict");
  const refused = await write(second(first(note)), saved.headers.get("etag"));
  show("conflict", `refused: ${refused.status}`);
}
edit();
