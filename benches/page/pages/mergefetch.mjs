import { createClient } from "mergefetch";

import { address, first, preload, second, show, type } from "./person.mjs";

const http = createClient({ preload });

async function edit() {
  const note = await http.get(address);
  show("document", note.value.title);

  await type("save");
  const saved = await http.save(note, first(note.value));
  if (saved.kind !== "saved") throw new Error(`the first save: ${saved.kind}`);
  show("save", "saved");

  await type("conflict");
  const refused = await http.save(saved.snapshot, second(saved.snapshot.value));
  if (refused.kind !== "conflict") throw new Error(`the second save: ${refused.kind}`);
  const [{ path, mine, theirs }] = refused.conflict.changes.filter(({ state }) => state === "conflict");
  show("conflict", `${path}: ${mine} or ${theirs}`);
}
edit();
