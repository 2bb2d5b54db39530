/** `const [{ draft, conflict, isDirty }, note] = useDocument(http, url);`, then `note.type(…)`, `note.save()`, `note.submit()`. */
export { useDocument } from "mergefetch/react";
