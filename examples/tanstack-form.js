import { useForm } from "@tanstack/react-form";
import { useEffect } from "react";

import { useDocument } from "mergefetch/react";
import { connectForm } from "mergefetch/tanstack-form";

/** The document in a form of TanStack Form. */
export function useDocumentForm(http, url, options) {
  const [state, note] = useDocument(http, url);
  const form = useForm(options);
  useEffect(() => connectForm(form, note), [form, note]);
  return [state, note, form];
}
