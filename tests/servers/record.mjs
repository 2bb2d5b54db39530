// Records what a running server answers: `node record.mjs NAME ORIGIN > exchanges/NAME.txt`. Its data must be empty.
import { request } from "node:http";

const [name, origin] = process.argv.slice(2);
/** Of the connection, of the moment, or the same on every answer and without a meaning for documents and versions. */
const LEFT_OUT =
  /^(date|connection|keep-alive|content-length|transfer-encoding|server|host|x-request-id|x-runtime|x-frame-options|x-xss-protection|x-content-type-options|x-download-options|x-permitted-cross-domain-policies|referrer-policy|x-kubernetes-pf-.*|audit-id)$/i;
const FROM = { Origin: "http://127.0.0.1:9999" };

/** What has lines, or begins as such would be written, is a JSON text. */
const shown = (body) => (/[\r\n]|^"/.test(body) ? JSON.stringify(body) : body);

/** What a running server answers, and the lines in which it says so. */
async function ask(method, path, headers, body) {
  const answer = await new Promise((answered, failed) => {
    const length = body ? { "Content-Length": Buffer.byteLength(body) } : {};
    const sent = request(`${origin}${path}`, { method, agent: false, headers: { Accept: "*/*", ...FROM, ...headers, ...length } }, answered);
    sent.on("error", failed);
    sent.end(body);
  });
  let text = "";
  answer.setEncoding("utf8");
  for await (const part of answer) text += part;
  return { answer, text };
}

/** One exchange, printed; its answer. */
async function exchange(title, method, path, headers = {}, body = "") {
  const { answer, text } = await ask(method, path, headers, body);
  const lines = [`### ${title}`, `> ${method} ${path} HTTP/1.1`, ...Object.entries(headers).map(([field, value]) => `> ${field}: ${value}`)];
  if (body) lines.push(`> body: ${shown(body)}`);
  lines.push(`< HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`);
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    if (!LEFT_OUT.test(answer.rawHeaders[at])) lines.push(`< ${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  }
  const isJson = text !== "" && /json/.test(answer.headers["content-type"] ?? "");
  lines.push(text ? `< body: ${shown(isJson ? text.trimEnd() : text)}` : "< (no body)", "");
  console.log(lines.join("\n"));
  return { headers: answer.headers, text, value: isJson ? JSON.parse(text) : undefined };
}

const JSON_BODY = { "Content-Type": "application/json" };
const put = (title, path, value) => exchange(title, "PUT", path, JSON_BODY, JSON.stringify(value));

const SCRIPTS = {
  async rails() {
    const made = await exchange("create: POST", "POST", "/notes", JSON_BODY, '{"title":"one","n":1}');
    const path = new URL(made.headers.location).pathname;
    const first = await exchange("GET", "GET", path);
    await exchange("GET If-None-Match current", "GET", path, { "If-None-Match": first.headers.etag });
    const second = { ...first.value, title: "two", n: 22 };
    await put("PUT with the right lock_version", path, second);
    const now = await exchange("GET (new version)", "GET", path);
    await put("PUT with a stale lock_version", path, { ...second, title: "stale" });
    await exchange("PUT with a stale lock_version, Accept: application/json", "PUT", path, { ...JSON_BODY, Accept: "application/json" }, JSON.stringify({ ...second, title: "stale" }));
    await exchange("GET (was the stale PUT applied?)", "GET", path);
    await put("PUT with no lock_version", path, { title: "blind" });
    await exchange("GET after that", "GET", path);
    await put("PUT what the model does not take", path, { ...now.value, lock_version: 2, title: "x".repeat(101) });
    await exchange("PUT If-Match stale, right lock_version", "PUT", path, { ...JSON_BODY, "If-Match": '"stale"' }, '{"title":"three","lock_version":2}');
    await exchange("POST the same again", "POST", "/notes", JSON_BODY, '{"title":"one","n":1}');
    await exchange("DELETE names no version", "DELETE", path);
    await exchange("GET deleted", "GET", path);
    await put("PUT on a deleted resource", path, second);
    await exchange("DELETE on a deleted resource", "DELETE", path);
  },

  async xandikos() {
    const path = "/user/calendars/calendar/meeting.ics";
    const event = (summary, rest = "") =>
      ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lab//EN", "BEGIN:VEVENT", "UID:meeting", "DTSTAMP:20260101T000000Z", `SUMMARY:${summary}`, "DTSTART:20260105T100000Z", "DTEND:20260105T110000Z", ...(rest ? [rest] : []), "LOCATION:here", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
    const put = (title, headers, body, at = path) => exchange(title, "PUT", at, { "Content-Type": "text/calendar", ...headers }, body);
    const tagOf = ({ headers }) => ({ "If-Schedule-Tag-Match": headers["schedule-tag"] });
    await put("create: PUT If-None-Match: *", { "If-None-Match": "*" }, event("one"));
    const first = await exchange("GET", "GET", path);
    await exchange("GET If-None-Match current", "GET", path, { "If-None-Match": first.headers.etag });
    await put("PUT If-None-Match: * on an existing resource", { "If-None-Match": "*" }, event("dup"));
    await put("PUT If-Schedule-Tag-Match current", tagOf(first), first.text.replace("SUMMARY:one", "SUMMARY:two"));
    const second = await exchange("GET (new tag)", "GET", path);
    await put("PUT If-Schedule-Tag-Match stale", tagOf(first), first.text.replace("SUMMARY:one", "SUMMARY:stale"));
    await exchange("GET (was the stale PUT applied?)", "GET", path);
    await put("PUT with Schedule-Tag in the request", { "Schedule-Tag": first.headers["schedule-tag"] }, second.text.replace("LOCATION:here", "LOCATION:there"));
    const third = await exchange("GET after that", "GET", path);
    await put("PUT If-Schedule-Tag-Match stale + If-Match current", { ...tagOf(first), "If-Match": third.headers.etag }, third.text);
    await put("PUT what is no calendar", tagOf(third), "nothing of the kind");
    await exchange("DELETE If-Schedule-Tag-Match stale", "DELETE", path, tagOf(first));
    await exchange("GET (was the stale DELETE applied?)", "GET", path);
    await exchange("DELETE If-Schedule-Tag-Match current", "DELETE", path, tagOf(third));
    await exchange("GET deleted", "GET", path);
    await put("PUT If-Schedule-Tag-Match on a deleted resource", tagOf(third), third.text);
    await put("PUT If-None-Match: * on a deleted resource", { "If-None-Match": "*" }, third.text);

    const invitation = path.replace("meeting", "invitation");
    const invited = (status) => event("party", `ORGANIZER:mailto:ben@example.com\r\nATTENDEE;PARTSTAT=${status}:mailto:ann@example.com`).replace("UID:meeting", "UID:invitation");
    await put("an invitation: PUT If-None-Match: *", { "If-None-Match": "*" }, invited("NEEDS-ACTION"), invitation);
    const open = await exchange("an invitation: GET", "GET", invitation);
    await put("an invitation: PUT If-Schedule-Tag-Match current, own status only", tagOf(open), open.text.replace("NEEDS-ACTION", "ACCEPTED"), invitation);
    await exchange("an invitation: GET (another ETag, the same Schedule-Tag)", "GET", invitation);
  },

  async kubernetes() {
    const all = "/api/v1/namespaces/default/configmaps";
    const path = `${all}/note`;
    const post = (title, value) => exchange(title, "POST", all, JSON_BODY, JSON.stringify(value));
    const patch = (title, type, value) => exchange(title, "PATCH", path, { "Content-Type": `application/${type}` }, JSON.stringify(value));
    const remove = (title, version) =>
      exchange(title, "DELETE", path, JSON_BODY, JSON.stringify({ preconditions: { resourceVersion: version } }));
    const note = (data, metadata = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "note", ...metadata }, data });
    await post("create: POST", note({ title: "one", n: "1" }));
    await post("POST the same name again", note({ title: "dup" }));
    const first = (await exchange("GET", "GET", path)).value;
    await put("PUT with the right resourceVersion", path, { ...first, data: { title: "two", n: "22" } });
    const second = (await exchange("GET (new version)", "GET", path)).value;
    await put("PUT with a stale resourceVersion", path, { ...first, data: { title: "stale", n: "1" } });
    await exchange("GET (was the stale PUT applied?)", "GET", path);
    await put("PUT what is there already", path, second);
    await patch("PATCH (merge patch) with a stale resourceVersion", "merge-patch+json", { metadata: { resourceVersion: first.metadata.resourceVersion }, data: { title: "stale" } });
    const third = (await patch("PATCH (merge patch) with the right resourceVersion", "merge-patch+json", { metadata: { resourceVersion: second.metadata.resourceVersion }, data: { n: "333" } })).value;
    const test = (version) => ({ op: "test", path: "/metadata/resourceVersion", value: version });
    const replace = { op: "replace", path: "/data/n", value: "4444" };
    await patch("PATCH (JSON Patch) with a stale test", "json-patch+json", [test(first.metadata.resourceVersion), replace]);
    const fourth = (await patch("PATCH (JSON Patch) with the right test", "json-patch+json", [test(third.metadata.resourceVersion), replace])).value;
    const { resourceVersion: _, ...unversioned } = fourth.metadata;
    const fifth = (await put("PUT with no resourceVersion", path, { ...fourth, metadata: unversioned, data: { title: "blind" } })).value;
    await put("PUT what is no ConfigMap", path, { ...fifth, data: { "not a key": "x" } });
    await exchange("PUT If-Match stale, right resourceVersion", "PUT", path, { ...JSON_BODY, "If-Match": '"stale"' }, JSON.stringify(fifth));
    await remove("DELETE with a stale resourceVersion", first.metadata.resourceVersion);
    const held = (await put("PUT a finalizer", path, { ...fifth, metadata: { ...fifth.metadata, finalizers: ["lab.example.com/hold"] } })).value;
    await remove("DELETE with the right resourceVersion, held by a finalizer", held.metadata.resourceVersion);
    const ending = (await exchange("GET (deletionTimestamp)", "GET", path)).value;
    await put("PUT with a stale resourceVersion on what is being deleted", path, { ...held, data: { title: "late" } });
    await put("PUT without the finalizer, which lets it go", path, { ...ending, metadata: { ...ending.metadata, finalizers: [] } });
    await exchange("GET deleted", "GET", path);
    await put("PUT on a deleted object", path, fifth);
    await put("PUT to make it anew", path, note({ title: "anew" }));
    await remove("DELETE on a deleted object", fifth.metadata.resourceVersion);
    await post("create anew: POST", note({ title: "anew" }));
    const anew = (await exchange("GET anew", "GET", path)).value;
    await put("PUT with the resourceVersion of the one before", path, fifth);
    await put("PUT with the right resourceVersion and the uid of the one before", path, { ...anew, metadata: { ...anew.metadata, uid: fifth.metadata.uid } });
    await remove("DELETE with the right resourceVersion", anew.metadata.resourceVersion);
    await exchange("CORS preflight PUT", "OPTIONS", path, { "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type" });
  },
};

await SCRIPTS[name]();
