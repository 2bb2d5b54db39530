import ky, { HTTPError } from "ky";

import { address, first, second, show, type } from "./person.mjs";

const write = (json, version) => ky.put(address, { json, headers: { "if-match": version } });

async function edit() {
  const read = await ky.get(address);
  const note = await read.json();
  show("document", note.title);

  await type("save");
  const saved = await write(first(note), read.headers.get("etag"));
  show("save", "saved");

  await type("conflict");
  try {
    await write(second(first(note)), saved.headers.get("etag"));
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error;
    show("conflict", `refused: ${error.response.status}`);
  }
}
edit();
