// TanStack Query without a framework: one query, and one mutation that writes with the version of the query's data.
import { MutationObserver, QueryClient, QueryObserver } from "@tanstack/query-core";

import { address, first, second, show, type } from "./person.mjs";

const client = new QueryClient();
client.mount();
const queryKey = [address];

async function read() {
  const response = await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  return { note: await response.json(), version: response.headers.get("etag") };
}

async function write({ note, version }) {
  const headers = { "content-type": "application/json", "if-match": version };
  const response = await fetch(address, { method: "PUT", headers, body: JSON.stringify(note) });
  if (!response.ok) throw new Error(String(response.status));
  return { note, version: response.headers.get("etag") };
}

const mutation = new MutationObserver(client, { mutationFn: write, onSuccess: (saved) => client.setQueryData(queryKey, saved) });
const save = (edit) => {
  const { note, version } = client.getQueryData(queryKey);
  return mutation.mutate({ note: edit(note), version });
};

async function edit() {
  await type("save");
  await save(first);
  show("save", "saved");

  await type("conflict");
  await save(second).catch((error) => show("conflict", `refused: ${error.message}`));
}

const leave = new QueryObserver(client, { queryKey, queryFn: read, staleTime: Infinity }).subscribe(({ data }) => {
  if (data === undefined) return;
  leave();
  show("document", data.note.title);
  edit();
});
