/** `const { state, document, ready, type, save, submit } = useDocument(http, () => `/notes/${props.id}`);`, where `state` is a ref. */
export { useDocument } from "mergefetch/vue";
