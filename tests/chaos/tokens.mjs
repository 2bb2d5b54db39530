// Every value that anybody writes is unique: a token names its author, so that whatever vanishes can be traced.

const TOKEN = /~[a-z]+\d*(?:\.[a-z0-9]+)+~/g;

/** `~c3.17~`: the 17th value of client c3. The server's own values begin with `~s`. */
export function token(author, count) {
  return `~${author}.${count}~`;
}

/** The tokens of a text, in its order; an empty list for an empty text. */
export function tokensOf(text) {
  return text === null || text === undefined ? [] : (text.match(TOKEN) ?? []);
}

/** The tokens of any value: a parsed document, a part of one, or a text. */
export function tokensIn(value) {
  return tokensOf(textOf(value));
}

export function authorOf(token) {
  return token.slice(1, token.indexOf("."));
}

/** A document as it is compared: a text as it is, anything else as JSON. Null is no document. */
export function textOf(value) {
  return value === null || value === undefined ? null : typeof value === "string" ? value : JSON.stringify(value);
}

/** The text of a body that the server holds, as `textOf` makes it of the parsed value. */
export function textOfBody(body, format) {
  return body === null || format === "text" ? body : JSON.stringify(JSON.parse(body));
}

/** The place of a token in a JSON document, as a JSON Pointer; null if the document lacks it. */
export function pathOf(value, wanted, path = "") {
  if (typeof value === "string") return value.includes(wanted) ? path : null;
  if (typeof value !== "object" || value === null) return null;
  for (const [key, member] of Object.entries(value)) {
    const found = pathOf(member, wanted, `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

export function valueAt(value, path) {
  return path.split("/").slice(1).reduce((at, key) => at?.[key], value);
}
