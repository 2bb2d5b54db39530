/** Conclusions from observations: a pure function, tested as a table. */
import type { Conclusions, Exchange, Finding, FindingCode, Observations, ScratchObservations, Unchecked } from "./report.js";

/** RFC 9110 §8.8.3. */
const TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
/** Suffixes of Apache, lighttpd and Jetty for a compressed answer. */
const SUFFIX = /(?:[-;]|--)(?:gzip|br|deflate|zstd)"$/;
const REFUSED = [409, 412];
const SERVERS = "docs/guide/servers.md";
const VERSIONS = "docs/guide/versions.md#what-your-server-has-to-do";
const CORS = "docs/guide/cors.md";

/** The client's rule for a version that is a member. */
const ADAPTERS: Readonly<Record<string, string>> = { _rev: "couchdb()", "metadata.resourceVersion": "kubernetes()", lock_version: 'field("/lock_version")' };

const tagOf = (exchange: Exchange | null) => exchange?.fields.etag ?? null;
const isSuccess = ({ status }: Exchange) => status !== null && status >= 200 && status < 300;
const isRefused = ({ status }: Exchange) => status !== null && REFUSED.includes(status);

/** The tag without what compression adds. */
function bare(tag: string): string {
  return tag.replace(/^W\//, "").replace(SUFFIX, '"');
}

/** Concludes from observations what a server lacks, and what is not known. It sends nothing. */
export function conclude(seen: Observations): Conclusions {
  const findings: Finding[] = [];
  const unchecked: Unchecked[] = [];
  const find: Find = (code, level, message, next, guide, ...evidence) => {
    findings.push({ code, level, message, next, guide, evidence: evidence.filter((one) => one !== null) });
  };
  const skip: Skip = (check, message, next) => void unchecked.push({ check, message, next });

  if (aboutRead(seen, find)) {
    aboutTag(seen, find, skip);
    aboutCors(seen, find, skip);
    aboutCaches(seen, find);
    aboutPut(seen, find, skip);
  } else {
    skip("read", "The document could not be read, so nothing else was checked.", "Mend the findings, and run the check again.");
  }
  aboutScratch(seen.scratch, find, skip);
  return { findings, unchecked };
}

type Find = (code: FindingCode, level: Finding["level"], message: string, next: string, guide: string, ...evidence: (Exchange | null)[]) => void;
type Skip = (check: Unchecked["check"], message: string, next: string) => void;

/** Whether there is a document to go on with. */
function aboutRead({ read, content, isFiltered }: Observations, find: Find): boolean {
  if (read.status === null) {
    const [why, next] = isFiltered
      ? ["The browser got no answer that it may show to this page.", "Allow the origin of the page by Access-Control-Allow-Origin; if it is allowed, start the server, and look at the address."]
      : ["The server gave no answer in time.", "Start the server, and look at the address."];
    find("no-answer", "fault", why, next, CORS, read);
    return false;
  }
  if (read.status !== 200) {
    find("not-readable", "fault", `The read was answered ${read.status}.`, "Give the address of a document that exists, and credentials in `headers` if it needs any.", VERSIONS, read);
    return false;
  }
  switch (content) {
    case null:
      find("no-answer", "fault", "The body of the answer did not arrive.", "Look at the server, and at what is before it.", SERVERS, read);
      return false;
    case "html":
      find("html", "fault", "The answer is an HTML page, not a document.", "Look at the address: single-page apps and log-in pages answer every path with HTML.", SERVERS, read);
      return false;
    case "invalid-json":
    case "empty":
      find("invalid-json", "fault", `The answer says that it is JSON, but its body is ${content === "empty" ? "empty" : "not JSON"}.`, "Send the document, or another Content-Type.", SERVERS, read);
      return false;
    case "too-large":
      find("too-large", "fault", "The document has more than 32 MiB, which is the limit.", "Divide it into several documents.", "docs/guide/when-not.md", read);
      return false;
    default:
      return true;
  }
}

function aboutTag({ read, plain, conditional, versionMember, isFiltered, origin }: Observations, find: Find, skip: Skip): void {
  const tag = tagOf(read);
  if (versionMember !== null) {
    const adapter = ADAPTERS[versionMember] ?? `field("/${versionMember}")`;
    find("version-in-document", "note", `The document has its version in the member \`${versionMember}\`.`, `Set \`version: ${adapter}\` for the route.`, "docs/guide/adapters.md", read);
    return;
  }
  if (tag === null) {
    if (isFiltered) {
      find("tag-not-exposed", "fault", "The page cannot read an ETag.", "Let the server send an ETag, and expose it: Access-Control-Expose-Headers: ETag.", CORS, read);
    } else {
      find("no-tag", "fault", "The answer has no ETag, so a write cannot name the version that it started from.", "Send a strong ETag with every GET, or set the adapter of the route.", VERSIONS, read);
    }
    return;
  }
  if (!TAG.test(tag)) {
    find("invalid-tag", "fault", `The ETag ${tag} is none: a tag is in double quotes.`, "Write it as \"…\" (RFC 9110 §8.8.3).", VERSIONS, read);
    return;
  }
  const plainTag = tagOf(plain);
  const isOfCompression = SUFFIX.test(tag) || (plainTag !== null && plainTag !== tag && bare(plainTag) === bare(tag)) || (tag.startsWith("W/") && read.fields["content-encoding"] !== undefined && plainTag === null);
  if (isOfCompression) {
    find("tag-changed-by-compression", "fault", `Compression changes the tag to ${tag}, which the server may refuse in a write.`, "Switch compression off for the documents, or let the server take back the tag that it sends.", SERVERS, read, plain);
  } else if (tag.startsWith("W/")) {
    find("weak-tag", "note", `The tag ${tag} is weak, so it may name two versions, and RFC 9110 never lets it match in If-Match.`, "Send a strong tag: a counter, a revision, or a hash of what is stored.", VERSIONS, read);
  }
  if (plain === null) skip("compression", "A page cannot ask for an answer without compression.", "Run the check in Node.js as well.");
  if (conditional !== null && isSuccess(conditional) && tagOf(conditional) === tag) {
    find("no-304", "note", "A read with If-None-Match and the current tag is answered with the whole document.", "Answer 304 where a tag matches.", VERSIONS, conditional);
  }
  if (conditional?.status === null && origin !== null) {
    find("cors-on-304", "fault", "A conditional read has no answer that the page may see.", "Allow If-None-Match in the preflight, and send the CORS fields with 304 as well.", CORS, conditional);
  }
}

/** Whether the names of a list of CORS contain this one. */
function lists(field: string | undefined, name: string): boolean {
  return (field ?? "").split(",").some((one) => ["*", name].includes(one.trim().toLowerCase()));
}

function aboutCors({ origin, isFiltered, read, conditional, preflight, put: own, scratch }: Observations, find: Find, skip: Skip): void {
  const put = own ?? scratch?.put ?? null;
  if (origin === null) {
    if (!isFiltered) skip("cors", "No page of another origin was named.", "Pass `origin`, such as \"https://app.example.org\", if pages of another origin are to use the server.");
    return;
  }
  // Between a page and the server, the browser has compared the fields.
  if (isFiltered) return;
  const isAllowed = ({ fields }: Exchange) => ["*", origin].includes(fields["access-control-allow-origin"] ?? "");
  if (!isAllowed(read)) {
    find("cors-origin", "fault", `A page of ${origin} may not read the answer.`, `Send Access-Control-Allow-Origin: ${origin} with every answer, and Vary: Origin.`, CORS, read);
    return;
  }
  if (tagOf(read) !== null && !lists(read.fields["access-control-expose-headers"], "etag")) {
    find("tag-not-exposed", "fault", `A page of ${origin} cannot read the ETag.`, "Expose it with every answer: Access-Control-Expose-Headers: ETag.", CORS, read);
  }
  if (conditional !== null && conditional.status === 304 && !isAllowed(conditional)) {
    find("cors-on-304", "fault", "A 304 has no CORS fields.", "Send Access-Control-Allow-Origin and Access-Control-Expose-Headers with 304 as well.", CORS, conditional);
  }
  if (preflight !== null) {
    const { status, fields } = preflight;
    const methods = fields["access-control-allow-methods"];
    const lacks = [
      ...(status === null || !isSuccess(preflight) || !isAllowed(preflight) ? ["an allowed origin and a status of success"] : []),
      ...(lists(methods?.toLowerCase(), "put") ? [] : ["PUT in Access-Control-Allow-Methods"]),
      ...(lists(fields["access-control-allow-headers"], "if-match") ? [] : ["If-Match in Access-Control-Allow-Headers"]),
    ];
    if (lacks.length > 0) find("cors-preflight", "fault", `The preflight of a write lacks ${lacks.join(", ")}, so every save fails as if there were no network.`, "Allow PUT, PATCH and DELETE, and If-Match, If-None-Match and Content-Type.", CORS, preflight);
  }
  if (put !== null && isRefused(put) && !isAllowed(put)) {
    find("cors-on-refusal", "fault", `The ${put.status} has no CORS fields, so the page sees a network error in place of a conflict.`, "Send the CORS fields with errors as well.", CORS, put);
  }
}

function aboutCaches({ read }: Observations, find: Find): void {
  const { age, "x-cache": xCache, "cf-cache-status": cloudflare, "cache-control": directives = "" } = read.fields;
  // The reads ask every cache on the way for the newest version.
  const isStored = Number(age) > 0 || /\bhit\b/i.test(`${xCache ?? ""} ${cloudflare ?? ""}`);
  if (isStored) {
    find("shared-cache", "fault", "A cache between here and the server answered a read that asked for the newest version.", `Send Cache-Control: private, no-cache with the documents${directives === "" ? "" : `, in place of ${directives}`}.`, "docs/guide/caches.md#a-cache-that-ignores-its-readers", read);
  }
}

const SCRATCH = "Pass `scratch`: the address of a document that does not exist and may be created, written and removed.";

function aboutPut({ put, putSkipped, scratch, origin, isFiltered }: Observations, find: Find, skip: Skip): void {
  // The checks of the throw-away document answer the same question, and more.
  if (put === null) {
    if (scratch?.put == null) skip("put", `No PUT was sent: ${putSkipped ?? "a write was not wanted"}.`, SCRATCH);
    return;
  }
  judge(put, "PUT", find, skip, origin !== null && isFiltered);
}

/** Judges the answer to a write that names a tag that no document has. */
function judge(exchange: Exchange, method: "PUT" | "DELETE", find: Find, skip: Skip, isAcross: boolean): void {
  const { status } = exchange;
  const check = method === "PUT" ? "put" : "delete";
  if (status === null) {
    const next = isAcross ? "Allow PUT and If-Match in the preflight, and send the CORS fields with refusals." : "Look at the server: it may have failed, or be too slow.";
    find("no-write-answered", "fault", `The server answers reads, but not a ${method} with If-Match.`, next, CORS, exchange);
  } else if (isSuccess(exchange)) {
    const [code, loss] = method === "PUT" ? (["put-not-compared", "overwrites"] as const) : (["delete-not-compared", "removes"] as const);
    find(code, "fault", `The server answered ${status} to a ${method} with an If-Match that no document has: a stale ${method} ${loss} what others saved.`, "Compare If-Match with the current tag in the transaction of the write, and answer 412.", VERSIONS, exchange);
  } else if (!isRefused(exchange)) {
    skip(check, `The ${method} was answered ${status}, which says nothing about versions.`, [401, 403].includes(status) ? "Pass the credentials of somebody who may write, in `headers`." : SCRATCH);
  }
}

function aboutScratch(scratch: ScratchObservations | null, find: Find, skip: Skip): void {
  if (scratch === null) {
    skip("delete", "No DELETE was sent, as it would remove the document on a server that ignores If-Match.", SCRATCH);
    skip("create", "No document was created.", SCRATCH);
    return;
  }
  const { before, created, createdAgain, read, updated, updatedRead, hasMoved, isRewritten, put, removed, isLeft } = scratch;
  if (created === null || !isSuccess(created)) {
    const why = created === null ? `the address was answered ${before.status ?? "not at all"}, but 404 or 410 was expected` : `the creation was answered ${created.status ?? "not at all"}`;
    for (const check of ["delete", "create"] as const) skip(check, `The throw-away document was not made: ${why}.`, SCRATCH);
    return;
  }
  if (createdAgain !== null && isSuccess(createdAgain)) {
    find("creation-not-protected", "fault", `The server answered ${createdAgain.status} to a creation of a document that exists: one of two people who create it loses the text.`, "Answer 412 to If-None-Match: * where the document exists.", VERSIONS, created, createdAgain);
  }
  if (updated !== null && isRefused(updated) && tagOf(read) !== null) {
    find("tag-not-accepted", "fault", `The server refuses the tag that it sends: ${tagOf(read)} was answered ${updated.status}.`, "Compare If-Match with the tag that readers get.", SERVERS, read, updated);
  } else if (updated !== null && isSuccess(updated)) {
    if (hasMoved && tagOf(read) !== null && tagOf(read) === tagOf(updatedRead)) {
      find("coarse-tag", "fault", "Two versions of a document have the same tag, so the older one can overwrite the newer one.", "Make the tag of a counter, a revision, or a hash of what is stored; not of a time.", VERSIONS, read, updatedRead);
    }
    if (tagOf(updated) === null && tagOf(updatedRead) !== null) {
      find("no-tag-after-write", "note", "The answer to a write has no ETag, so each save needs one more read.", "Send the new ETag with the answer to a write.", VERSIONS, updated);
    }
    if (isRewritten) {
      find("stored-differently", "note", "The server stores another value than the one that was sent.", "List the members that only the server sets in `readOnly` of the route.", "docs/guide/adapters.md#envelopes", updated, updatedRead);
    }
  }
  if (put !== null) judge(put, "PUT", find, skip, false);
  if (removed === null) skip("delete", "No DELETE was sent.", SCRATCH);
  else judge(removed, "DELETE", find, skip, false);
  if (isLeft) find("left-over", "note", `The throw-away document is still at ${scratch.url}.`, "Remove it.", VERSIONS, removed);
}
