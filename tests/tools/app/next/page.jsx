// A server component reads and merges in Node.js. It saves nothing: React answers repeated reads of one rendering from its memory.
import { createClient, init, mergeText } from "mergefetch";

import Editor from "./editor";

export default async function Page({ searchParams }) {
  const { server } = await searchParams;
  await init();
  const { text } = mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
  const note = server && (await createClient().get(`${server}/notes/of-the-server`));
  return (
    <main>
      <p>{`${text.trim().split("\n").join(" ")} ${JSON.stringify(note?.value)}`}</p>
      <Editor />
    </main>
  );
}
