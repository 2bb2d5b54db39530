import { useEffect } from "react";
import { useForm } from "react-hook-form";

import { useDocument } from "mergefetch/react";
import { connectForm } from "mergefetch/react-hook-form";

/** The document in a form of react-hook-form. */
export function useDocumentForm(http, url, options) {
  const [state, note] = useDocument(http, url);
  const form = useForm(options);
  useEffect(() => connectForm(form, note), [form.control, note]);
  return [state, note, form];
}
