/** The whole loop with two clients, against the example server: what it ends with, in one line. */
export async function loop({ createClient }, server) {
  const baseUrl = `${server}/api/documents/`;
  const name = `packaging-${crypto.randomUUID()}`;
  const [mine, theirs] = [createClient({ baseUrl }), createClient({ baseUrl })];
  await mine.create(name, { title: "Base", done: false });
  const note = await mine.get(name);
  await theirs.save(await theirs.get(name), { title: "Theirs", done: true });
  const result = await mine.save(note, { ...note.value, title: "Mine" });
  if (result.kind !== "conflict") throw new Error(`expected a conflict, but found ${result.kind}`);
  const ended = await result.conflict.take("mine", "/title").submit();
  const now = await theirs.get(name);
  return `${ended.kind} ${JSON.stringify(now.value)}`;
}

/** What `loop` and a merge in a worker end with. */
export const EXPECTED = 'saved {"title":"Mine","done":true}';

/** Shows what came of `run` where a test sees it. */
export async function show(run) {
  try {
    document.title = await run(new URL(location.href).searchParams.get("server"));
  } catch (error) {
    document.title = `failed: ${error.code} ${error.message}`;
  }
}

/** What `elements` ends with. */
export const SHOWN = "1 decision to make|1 Entscheidung zu treffen";

/** The elements of the package, with the conflict of two clients: its heading, in two languages. */
export async function elements({ createClient }, { addTexts }, german, server) {
  addTexts(german);
  const baseUrl = `${server}/api/documents/`;
  const name = `packaging-element-${crypto.randomUUID()}`;
  const [mine, theirs] = [createClient({ baseUrl }), createClient({ baseUrl })];
  await mine.create(name, { title: "Base" });
  const note = await mine.get(name);
  await theirs.save(await theirs.get(name), { title: "Theirs" });
  const { conflict } = await mine.save(note, { title: "Mine" });
  return ["en", "de"].map((lang) => {
    const element = document.createElement("merge-conflict");
    Object.assign(element, { lang, conflict });
    document.body.append(element);
    return element.shadowRoot.querySelector("h2").textContent;
  }).join("|");
}
