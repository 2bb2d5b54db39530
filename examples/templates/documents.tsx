// The entries for frameworks and forms, with the types of the libraries themselves.
import { useForm as useTanStackForm } from "@tanstack/react-form";
import { createClient } from "mergefetch";
import { bindText } from "mergefetch/document";
import { useDocument } from "mergefetch/react";
import { connectForm } from "mergefetch/react-hook-form";
import { documentStore } from "mergefetch/svelte";
import { connectForm as connectTanStackForm } from "mergefetch/tanstack-form";
import { useDocument as useInVue } from "mergefetch/vue";
import { watch } from "mergefetch/watch";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import type { Readable } from "svelte/store";
import { type Ref, ref } from "vue";

interface Note {
  title: string;
  rows: { id: string; name: string }[];
}

const http = createClient();

export function InReact({ url }: { url: string }) {
  const [state, note] = useDocument<Note>(http, url, { theirs: "wait", suspense: true });
  state.draft?.rows[0]?.name.trim();
  state.error satisfies unknown;
  useEffect(() => watch(note), [note]);
  // @ts-expect-error it may not be loaded yet
  state.draft.title;
  // @ts-expect-error another type than that of the document
  note.type({ title: 5, rows: [] });
  // @ts-expect-error no such option
  useDocument<Note>(http, url, { suspence: true });
  return <textarea ref={(field) => (field ? bindText(field, note, "/title") : undefined)} />;
}

export function InHookForm({ url }: { url: string }) {
  const [, note] = useDocument<Note>(http, url);
  const form = useForm<Note>();
  const other = useForm<{ count: number }>();
  useEffect(() => connectForm(form, note), [form.control, note]);
  // @ts-expect-error a form of another document
  useEffect(() => connectForm(other, note), [other.control, note]);
  return <input {...form.register("title")} />;
}

export function InTanStackForm({ url }: { url: string }) {
  const [, note] = useDocument<Note>(http, url);
  const form = useTanStackForm({ defaultValues: { title: "", rows: [] } as Note });
  const other = useTanStackForm({ defaultValues: { count: 1 } });
  useEffect(() => connectTanStackForm(form, note), [form, note]);
  // @ts-expect-error a form of another document
  useEffect(() => connectTanStackForm(other, note), [other, note]);
  return <form.Field name="title">{(field) => <input value={field.state.value} onChange={(event) => field.handleChange(event.target.value)} />}</form.Field>;
}

export async function elsewhere(): Promise<void> {
  const { state, document, ready, type, save } = useInVue<Note>(http, ref("/notes/7"));
  await ready;
  state.value.draft?.title.trim();
  state satisfies Readonly<Ref<{ readonly isDirty: boolean }>>;
  document.value.type({ title: "New", rows: [] });
  // @ts-expect-error another type than that of the document
  type("New");
  (await save()).kind satisfies string;

  const store = documentStore<Note>(http, "/notes/7");
  store satisfies Readable<{ readonly isDirty: boolean }>;
  store.subscribe(({ draft }) => draft?.title.trim())();
  // @ts-expect-error the state comes by `subscribe`
  store.current();
}
