// The full loop against one real server, the same code in Node.js and in a page: `loop(mergefetch, server)` gives rows.

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
};

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

  const sent = async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== "GET" && between !== undefined) {
      const now = between;
      between = undefined;
      await now();
    }
    requests++;
    const response = await fetch(request);
    log.push(`${request.method}${["if-match", "if-none-match", "if-unmodified-since"].map((one) => (request.headers.get(one) ? ` ${one}: ${request.headers.get(one)}` : "")).join("")} -> ${response.status} ${response.headers.get("etag") ?? ""}`);
    return response;
  };
  const client = () =>
    mergefetch.createClient({
      baseUrl: origin,
      fetch: sent,
      ...(host.adapter && { routes: [{ match: "*", version: host.adapter(mergefetch), ...(host.merge && { merge: host.merge }) }] }),
      on: {
        warning: ({ code }) => heard.push(code),
        absorbed: ({ kind }) => heard.push(kind),
      },
    });
  const [a, b] = [client(), client()];

  const create = async (who) => {
    const id = ++count;
    const { url, below, value } = host.place(`doc-${runtime}-${id}`, id + (runtime === "chromium" ? 1000 : 0));
    const made = { ...value, [first]: ones[0], [second]: twos[0] };
    const result = await who.create(url, made, { ...(below && { method: "POST" }), headers: host.headers ?? {} });
    if (!result.ok) throw new Error(`create: ${result.kind} ${JSON.stringify(result.problem ?? {}).slice(0, 200)}`);
    return { result, url, below, made };
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
  const now = async (url) => (await client().get(url)).value;
  const edit = (snapshot, edits) => ({ ...snapshot.value, ...edits });

  /** A document of the step's own, open in both clients; nothing of this is counted. */
  const opened = async () => {
    const doc = await create(a);
    const { url } = doc.result.snapshot;
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
    const { url } = (await create(a)).result.snapshot;
    requests = 0;
    const [one, two] = [await a.get(url), await b.get(url)];
    expect(one.value[first] === ones[0] && two.version === one.version, "both see the same version");
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
    if (result.kind === "conflict") {
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
      ? await b.create(doc.url, { ...doc.made, [first]: ones[3] }, { method: "POST", headers: host.headers ?? {} })
      : await b.create(url, { ...doc.made, [first]: ones[3] });
    if (doc.below && again.kind === "created") return ["another one was made below"];
    expect(!again.ok, `not accepted, but ${again.kind}`);
    expect(["conflict", "duplicate"].includes(again.kind), `expected a conflict, but found ${again.kind} ${JSON.stringify(again.problem ?? "").slice(0, 300)}`);
    return [again.kind === "conflict" ? again.conflict.kind : again.kind];
  });

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
    expect(restored.ok, `restore: ${restored.kind} ${JSON.stringify(restored.problem ?? "").slice(0, 300)}`);
    expect((await now(at))[first] === ones[2], "mine is there again");
    return [`edit-delete, ${restored.kind}`, restored.snapshot?.protection];
  });
  return rows;
}
