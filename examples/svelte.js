/** `const note = documentStore(http, url);`, then `$note.draft`, `note.type(…)`, `note.save()`. */
export { documentStore } from "mergefetch/svelte";
