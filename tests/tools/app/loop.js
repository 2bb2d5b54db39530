/** Two writers of one document: the save of the second one is refused, merged and sent again. What it ends with, in one line. */
export async function mergedSave({ createClient }, server) {
  const url = `${server}/notes/${crypto.randomUUID()}`;
  const [mine, theirs] = [createClient(), createClient()];
  const note = await mine.get(url);
  const other = await theirs.get(url);
  await theirs.save(other, { ...other.value, theirs: 1 });
  const { kind } = await mine.save(note, { ...note.value, mine: 1 });
  return `${kind}: ${JSON.stringify((await theirs.get(url)).value)}`;
}

/** A merge off the main thread. */
export async function workerMerge(worker) {
  return (await worker.mergeText("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")).text.trim().split("\n").join(" ");
}

/** Shows what came of `run` where a test sees it. */
export async function show(run) {
  try {
    document.title = await run(new URL(location.href).searchParams.get("server"));
  } catch (error) {
    document.title = `failed: ${error.code} ${error.message}`;
  }
}
