// The full loop against one real server, the same code in Node.js and in a page: `loop(mergefetch, server)` gives rows.

/** A calendar of one event, as a text and as its properties. */
const CALENDAR = {
  encode: (properties) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lab//EN", "BEGIN:VEVENT", ...Object.entries(properties).map((one) => one.join(":")), "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
  decode: (text) => Object.fromEntries(/BEGIN:VEVENT\r\n([^]*)END:VEVENT/.exec(text)[1].trimEnd().split("\r\n").map((line) => line.split(":"))),
};

/**
 * `place` says where a document goes: `url`, and `below` where the server chooses what is below that; `at` where it does not say so itself.
 * `encode` makes the value that is saved of members, `decode` undoes that. `restores` lists what may come of making a document again where the server has no way to.
 */
const HOSTS = {
  apache: dav("/"),
  "apache gzip": dav("/gz/", "gz-"),
  nginx: dav("/"),
  "nginx gzip": dav("/gz/", "gz-"),
  tomcat: dav("/"),
  "pouchdb-server": {
    adapter: ({ couchdb }) => couchdb(),
    prepare: (origin) => fetch(`${origin}/lab`, { method: "PUT" }),
    place: (name) => ({ url: `/lab/${name}` }),
    fields: NOTE(),
  },
  cap: {
    adapter: ({ odata }) => odata(),
    // The service's own column, which it sets at every write.
    merge: { rules: { "/modifiedAt": "ignore" } },
    place: (_name, id) => ({ url: "/odata/Notes", below: true, value: { ID: id } }),
    fields: NOTE(),
  },
  fhir: {
    adapter: ({ fhir }) => fhir(),
    headers: { "content-type": "application/fhir+json" },
    place: () => ({ url: "/fhir/R4/Patient", below: true, value: { resourceType: "Patient" } }),
    fields: [
      ["gender", ["unknown", "female", "male", "other"]],
      ["birthDate", ["2001-01-01", "2002-02-02", "2003-03-03", "2004-04-04"]],
    ],
  },
  rails: {
    adapter: ({ field }) => field("/lock_version"),
    // What `timestamps` of the schema adds.
    merge: { rules: { "/updated_at": "ignore" } },
    place: () => ({ url: "/notes", below: true, value: {} }),
    fields: NOTE(),
    // The server chooses the addresses.
    restores: ["constraint"],
  },
  xandikos: {
    adapter: ({ header }) => header("Schedule-Tag", "If-Schedule-Tag-Match"),
    headers: { "content-type": "text/calendar" },
    place: (name) => ({ url: `/user/calendars/calendar/${name}.ics`, value: { UID: name, DTSTAMP: "20260101T000000Z", DTSTART: "20260105T100000Z", DTEND: "20260105T110000Z" } }),
    fields: [
      ["SUMMARY", ["one", "two", "three", "four"]],
      ["LOCATION", ["here", "there", "nowhere", "everywhere"]],
    ],
    ...CALENDAR,
  },
  s3: { place: (name) => ({ url: `/lab/${name}.json` }), fields: NOTE() },
  "azure-blob": {
    place: (name) => ({ url: `/devstoreaccount1/lab/${name}.json` }),
    fields: NOTE(),
    request: (request) => {
      if (request.method === "PUT") request.headers.set("x-ms-blob-type", "BlockBlob");
      return request;
    },
  },
  "azure-table": {
    adapter: ({ odata }) => odata(),
    route: { readOnly: ["/Timestamp"] },
    // The answer to a creation does not name the URL of the entity.
    place: (name) => ({ url: "/devstoreaccount1/Notes", below: true, at: `/devstoreaccount1/Notes(PartitionKey='lab',RowKey='${name}')`, value: { PartitionKey: "lab", RowKey: name } }),
    fields: NOTE(),
    request: (request) => {
      request.headers.set("accept", "application/json;odata=minimalmetadata");
      return request;
    },
  },
  solid: { place: (name) => ({ url: `/${name}.json` }), fields: NOTE() },
  kinto: {
    route: {
      readOnly: ["/last_modified"],
      body: { unwrap: ({ data }) => data, wrap: (data, before) => ({ ...before, data }) },
      author: (_response, { data }) => (data ? { savedAt: data.last_modified } : null),
    },
    place: (name) => ({ url: `/v1/buckets/lab/collections/notes/records/${name}` }),
    fields: NOTE(),
  },
  jupyter: {
    adapter: () => ({ read: (_response, body) => body.last_modified, write: (request) => request }),
    route: {
      body: {
        unwrap: ({ content }) => (content ? JSON.parse(content) : undefined),
        wrap: (value) => ({ type: "file", format: "text", content: JSON.stringify(value) }),
      },
      author: (_response, { last_modified: at }) => ({ savedAt: Date.parse(at) }),
    },
    place: (name) => ({ url: `/api/contents/${name}.json?type=file&format=text` }),
    fields: NOTE(),
  },
  remotestorage: { place: (name) => ({ url: `/storage/lab/notes/${name}.json` }), fields: NOTE() },
  mediawiki: {
    adapter: () => ({
      read: (_response, { latest }) => (latest ? String(latest.id) : null),
      write: async (request, id) => new Request(request, { body: JSON.stringify({ ...(await request.clone().json()), latest: { id: Number(id) } }) }),
    }),
    route: {
      // The token of anonymous users.
      body: { unwrap: ({ source }) => source, wrap: (source) => ({ source, comment: "", token: "+\\" }) },
      author: (_response, { latest }) => (latest ? { savedAt: Date.parse(latest.timestamp) } : null),
    },
    place: (name) => ({ url: `/rest.php/v1/page/${name}` }),
    fields: [
      ["title", ["one", "two", "three", "four"]],
      ["n", ["1", "22", "333", "4444"]],
    ],
    encode: ({ title, n }) => `= ${title} =\n\nin between\n\n${n}`,
    decode: (text) => ({ title: /= (.*) =/.exec(text)[1], n: text.split("\n").at(-1) }),
    // Its REST API has no DELETE.
    keeps: true,
  },
  etcd: { place: (name) => ({ url: `/${name}` }), fields: NOTE(), send: etcd },
  "xandikos properties": {
    route: {
      // The calendar as its properties: changes to different properties are merged, whatever lines they are in.
      body: { unwrap: (text) => CALENDAR.decode(text), wrap: (properties) => CALENDAR.encode(properties) },
    },
    headers: { "content-type": "text/calendar" },
    place: (name) => ({ url: `/user/calendars/calendar/p-${name}.ics`, value: { UID: `p-${name}`, DTSTAMP: "20260101T000000Z", DTSTART: "20260105T100000Z", DTEND: "20260105T110000Z" } }),
    fields: [
      ["SUMMARY", ["one", "two", "three", "four"]],
      ["LOCATION", ["here", "there", "nowhere", "everywhere"]],
    ],
  },
  kubernetes: {
    adapter: ({ kubernetes }) => kubernetes(),
    place: (name) => ({ url: "/api/v1/namespaces/default/configmaps", below: true, at: `/api/v1/namespaces/default/configmaps/${name}`, value: { apiVersion: "v1", kind: "ConfigMap", metadata: { name } } }),
    fields: [
      ["title", ["one", "two", "three", "four"]],
      ["n", ["1", "22", "333", "4444"]],
    ],
    encode: ({ apiVersion, kind, metadata, ...data }) => ({ apiVersion, kind, metadata, data }),
    decode: ({ data, ...rest }) => ({ ...rest, ...data }),
    // A PUT makes no object; and across origins the preflight of the API server does not allow `If-None-Match`.
    restores: ["constraint", "unknown"],
  },
};

/** The gateway of etcd as a server of documents: the revision is the tag, and a failed comparison is a 412. */
async function etcd(request) {
  const { origin, pathname } = new URL(request.url);
  const post = async (path, body) => (await fetch(`${origin}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body), signal: request.signal })).json();
  const key = btoa(pathname);
  if (request.method === "GET") {
    const { kvs: [found] = [] } = await post("range", { key });
    if (!found) return new Response(null, { status: 404 });
    const octets = Uint8Array.from(atob(found.value), (one) => one.charCodeAt(0));
    return new Response(octets, { headers: { etag: `"${found.mod_revision}"`, "content-type": "application/json" } });
  }
  const named = request.headers.get("if-match")?.slice(1, -1) ?? (request.headers.has("if-none-match") ? "0" : undefined);
  const value = btoa(String.fromCharCode(...new Uint8Array(await request.arrayBuffer())));
  const write = request.method === "DELETE" ? { request_delete_range: { key } } : { request_put: { key, value } };
  const { succeeded, header } = await post("txn", { compare: named === undefined ? [] : [{ key, target: "MOD", mod_revision: named }], success: [write] });
  return succeeded ? new Response(null, { status: 204, headers: { etag: `"${header.revision}"` } }) : new Response(null, { status: 412 });
}

/** The findings of `doctor` in Node.js, with a throw-away document, where they are known to be right. Any other server is compared with the loop. */
const FINDINGS = {
};
/** Adapters whose writes name the tag in If-Match. */
const BY_TAG = ["cap", "fhir", "azure-table"];

function NOTE() {
  return [
    ["title", ["one", "two", "three", "four"]],
    ["n", [1, 22, 333, 4444]],
  ];
}

function dav(folder, prefix = "") {
  // Servers compress only what is worth it.
  const value = folder === "/" ? {} : { pad: "x".repeat(3000) };
  // Where tags name seconds, two writes within one cannot be told by them.
  return { place: (name) => ({ url: `${folder}${prefix}${name}.json`, value }), fields: NOTE(), pauseMs: 1_100 };
}

export const names = Object.keys(HOSTS);

/** Runs every step; a row is `{step, result, requests, protection}`, and `result` begins with "FAILED" where it is not as promised. */
export async function loop(mergefetch, name, origin, runtime) {
  const host = HOSTS[name];
  const [[first, ones], [second, twos]] = host.fields;
  await host.prepare?.(origin);
  const rows = [];
  let heard;
  let requests;
  let log;
  /** What happens right before the next write leaves. */
  let between;
  let count = 0;
  /** Whether the server refuses stale updates. */
  let isComparing;

  const sent = async (input, init) => {
    const made = new Request(input, init);
    const request = host.request ? host.request(made) : made;
    if (request.method !== "GET" && between !== undefined) {
      const now = between;
      between = undefined;
      await now();
    }
    requests++;
    const response = await (host.send ?? fetch)(request);
    log.push(`${request.method}${["if-match", "if-none-match", "if-unmodified-since", "if-schedule-tag-match"].map((one) => (request.headers.get(one) ? ` ${one}: ${request.headers.get(one)}` : "")).join("")} -> ${response.status} ${response.headers.get("etag") ?? ""}`);
    return response;
  };
  const client = () =>
    mergefetch.createClient({
      baseUrl: origin,
      fetch: sent,
      routes: [{ match: "*", ...(host.adapter && { version: host.adapter(mergefetch) }), ...(host.merge && { merge: host.merge }), ...host.route }],
      on: {
        warning: ({ code }) => heard.push(code),
        absorbed: ({ kind }) => heard.push(kind),
      },
    });
  const [a, b] = [client(), client()];

  const { encode, decode } = { encode: (members) => members, decode: (value) => value, ...host };

  const create = async (who) => {
    const id = ++count;
    const { url, below, at, value } = host.place(`doc-${runtime}-${id}`, id + (runtime === "chromium" ? 1000 : 0));
    const made = { ...value, [first]: ones[0], [second]: twos[0] };
    const result = await who.create(url, encode(made), { ...(below && { method: "POST" }), headers: host.headers ?? {} });
    if (!result.ok) throw new Error(`create: ${result.kind} ${JSON.stringify(result.problem ?? {}).slice(0, 200)}`);
    return { result, url, below, made, at: at ?? result.snapshot.url };
  };
  const step = async (title, run) => {
    requests = 0;
    heard = [];
    log = [];
    between = undefined;
    let result;
    let protection = "";
    try {
      [result, protection = ""] = await run();
    } catch (error) {
      result = `FAILED: ${error.message}`;
    }
    const told = [...new Set(heard)];
    rows.push({ step: title, result: told.length ? `${result} (${told.join(", ")})` : result, requests, protection, log });
  };
  const expect = (is, what) => {
    if (!is) throw new Error(what);
  };
  const ok = (result, kind) => expect(result.kind === kind, `expected ${kind}, but found ${result.kind} ${JSON.stringify(result.problem ?? "").slice(0, 300)}`);
  const now = async (url) => decode((await client().get(url)).value);
  const edit = (snapshot, edits) => encode({ ...decode(snapshot.value), ...edits });

  /** A document of the step's own, open in both clients; nothing of this is counted. */
  const opened = async () => {
    const doc = await create(a);
    const url = doc.at;
    const [one, two] = [await a.get(url), await b.get(url)];
    requests = 0;
    heard = [];
    log = [];
    return { doc, url, one, two };
  };

  await step("create", async () => {
    const { result } = await create(a);
    ok(result, "created");
    return ["created", result.snapshot?.protection];
  });

  await step("open by two clients", async () => {
    const { at: url } = await create(a);
    requests = 0;
    const [one, two] = [await a.get(url), await b.get(url)];
    expect(decode(one.value)[first] === ones[0] && two.version === one.version, "both see the same version");
    return ["opened", one.protection];
  });

  await step("separate edits", async () => {
    const { url, one, two } = await opened();
    if (host.pauseMs !== undefined) await new Promise((passed) => setTimeout(passed, host.pauseMs));
    ok(await a.save(one, edit(one, { [first]: ones[1] })), "saved");
    const merged = await b.save(two, edit(two, { [second]: twos[1] }));
    ok(merged, "merged");
    const held = await now(url);
    expect(held[first] === ones[1] && held[second] === twos[1], `both edits are there, but found ${JSON.stringify(held).slice(0, 200)}`);
    return ["merged", merged.snapshot.protection];
  });

  await step("overlapping edits, take mine", async () => {
    const { url, one, two } = await opened();
    ok(await a.save(one, edit(one, { [first]: ones[2] })), "saved");
    const result = await b.save(two, edit(two, { [first]: ones[3] }));
    ok(result, "conflict");
    expect((await now(url))[first] === ones[2], "theirs is untouched before the decision");
    const submitted = await result.conflict.take("mine").submit();
    expect(submitted.ok, `submit: ${submitted.kind} ${JSON.stringify(submitted.problem ?? "").slice(0, 300)}`);
    expect((await now(url))[first] === ones[3], "mine is there after the decision");
    return [`conflict, ${submitted.kind}`, submitted.snapshot?.protection];
  });

  await step("overlapping edits, overwrite", async () => {
    const { url, one, two } = await opened();
    ok(await a.save(one, edit(one, { [first]: ones[1], [second]: twos[2] })), "saved");
    const result = await b.save(two, edit(two, { [first]: ones[3] }));
    ok(result, "conflict");
    const submitted = await result.conflict.overwrite();
    expect(submitted.ok, `overwrite: ${submitted.kind} ${JSON.stringify(submitted.problem ?? "").slice(0, 300)}`);
    const held = await now(url);
    expect(held[first] === ones[3] && held[second] === twos[0], `mine is there, but found ${JSON.stringify(held).slice(0, 200)}`);
    return [`conflict, ${submitted.kind}`, submitted.snapshot?.protection];
  });

  await step("stale write, other writer just before it", async () => {
    const { url, one, two } = await opened();
    between = async () => {
      const before = heard;
      heard = [];
      ok(await a.save(one, edit(one, { [first]: ones[2] })), "saved");
      heard = before;
    };
    const result = await b.save(two, edit(two, { [first]: ones[1] }));
    const held = await now(url);
    isComparing = result.kind === "conflict";
    if (isComparing) {
      expect(held[first] === ones[2], "theirs is untouched");
      return ["refused: conflict", two.protection];
    }
    expect(heard.includes("unprotected"), `a write that the server did not check is told of, but it was only ${result.kind}`);
    return [`accepted and told of: ${result.kind}`, result.snapshot?.protection];
  });

  await step("own repeated saves", async () => {
    const { url, one } = await opened();
    const saves = [1, 2, 3].map((index) => a.save(one, edit(one, { [first]: ones[index] })));
    for (const saved of await Promise.all(saves)) ok(saved, "saved");
    let last = await a.get(url);
    for (const index of [1, 2]) {
      const saved = await a.save(last, edit(last, { [second]: twos[index] }));
      ok(saved, "saved");
      last = saved.snapshot;
    }
    const held = await now(url);
    expect(held[first] === ones[3] && held[second] === twos[2], `the last one counts, but found ${JSON.stringify(held).slice(0, 200)}`);
    return ["5 saves, no question", last.protection];
  });

  await step("create what is there", async () => {
    const { doc, url } = await opened();
    const again = doc.below
      ? await b.create(doc.url, encode({ ...doc.made, [first]: ones[3] }), { method: "POST", headers: host.headers ?? {} })
      : await b.create(url, encode({ ...doc.made, [first]: ones[3] }), { headers: host.headers ?? {} });
    if (doc.below && again.kind === "created") return ["another one was made below"];
    expect(!again.ok, `not accepted, but ${again.kind}`);
    expect(["conflict", "duplicate"].includes(again.kind), `expected a conflict, but found ${again.kind} ${JSON.stringify(again.problem ?? "").slice(0, 300)}`);
    return [again.kind === "conflict" ? again.conflict.kind : again.kind];
  });

  await step("doctor", async () => {
    if (host.send) return ["not checked: the server has no documents"];
    const { doc, url } = await opened();
    const before = JSON.stringify(await now(url));
    const absolute = (path) => new URL(path, origin).href;
    const scratch = doc.below || host.keeps ? undefined : absolute(host.place(`doctor-${runtime}-${++count}`).url);
    requests = 0;
    const report = await mergefetch.doctor(absolute(url), { fetch: sent, write: true, scratch, origin: "http://127.0.0.1:4000" });
    expect(JSON.stringify(await now(url)) === before, "the document is as before");
    const found = report.findings.map(({ code }) => code).sort();
    const open = [...new Set(report.unchecked.map(({ check }) => check))].sort();
    const told = `${found.join(" ") || "nothing is wrong"}${open.length ? `; not checked: ${open.join(" ")}` : ""}`;
    if (runtime === "node" && FINDINGS[name]) expect(told === FINDINGS[name], `expected ${FINDINGS[name]}, but found ${told}`);
    const isOpen = open.includes("put") || open.includes("read");
    if ((!host.adapter || BY_TAG.includes(name)) && !isOpen) expect(found.includes("put-not-compared") !== isComparing, `the loop found that the server ${isComparing ? "compares" : "does not compare"}, but doctor: ${told}`);
    if (scratch) expect((await fetch(new Request(scratch))).status !== 200, "nothing is left behind");
    return [told];
  });

  if (host.keeps) return rows;

  await step("delete against edit, keep theirs", async () => {
    const { url, one, two } = await opened();
    ok(await a.save(one, edit(one, { [first]: ones[3] })), "saved");
    const result = await b.remove(two);
    ok(result, "conflict");
    expect(result.conflict.kind === "delete-edit", result.conflict.kind);
    expect((await now(url))[first] === ones[3], "theirs is still there");
    const kept = await result.conflict.take("theirs").submit();
    expect(kept.ok, kept.kind);
    return [`delete-edit, ${kept.kind}`, two.protection];
  });

  await step("delete", async () => {
    const { url, one } = await opened();
    ok(await a.remove(one), "removed");
    const gone = await client().get(url).then(
      () => "still there",
      (error) => error.details.status,
    );
    expect([404, 410].includes(gone), `gone, but found ${gone}`);
    return ["removed"];
  });

  await step("edit against delete, take mine", async () => {
    const { url: at, one, two } = await opened();
    ok(await a.remove(one), "removed");
    const result = await b.save(two, edit(two, { [first]: ones[2] }));
    ok(result, "conflict");
    expect(result.conflict.kind === "edit-delete", result.conflict.kind);
    const restored = await result.conflict.take("mine").submit();
    if (host.restores) {
      expect(host.restores.includes(restored.kind), `expected ${host.restores.join(" or ")}, but found ${restored.kind}`);
      return [`edit-delete, refused: ${restored.kind}`];
    }
    expect(restored.ok, `restore: ${restored.kind} ${JSON.stringify(restored.problem ?? "").slice(0, 300)}`);
    expect((await now(at))[first] === ones[2], "mine is there again");
    return [`edit-delete, ${restored.kind}`, restored.snapshot?.protection];
  });
  return rows;
}
