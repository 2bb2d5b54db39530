// A proxy as in a deployment: it adds CORS, which these servers lack or do wrong, and credentials. `node front.mjs PORT UPSTREAM KIND`.
import { createHmac } from "node:crypto";
import { createServer, request as send } from "node:http";

const [port, upstream, kind] = process.argv.slice(2);

/** The account of Azurite, whose key is in its manual. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** A shared access signature for the whole account, as the Azure portal makes it. */
function signature() {
  const fields = { sv: "2020-08-04", ss: "bt", srt: "sco", sp: "rwdlacu", st: "2020-01-01T00:00:00Z", se: "2099-01-01T00:00:00Z", spr: "https,http" };
  const signed = [ACCOUNT, fields.sp, fields.ss, fields.srt, fields.st, fields.se, "", fields.spr, fields.sv, ""].join("\n");
  const sig = createHmac("sha256", Buffer.from(KEY, "base64")).update(signed).digest("base64");
  return new URLSearchParams({ ...fields, sig }).toString();
}

const signed = (path) => `${path}${path.includes("?") ? "&" : "?"}${signature()}`;

/** The changes to each request, and the requests that are sent once before the first one. */
const KINDS = {
  plain: {},
  s3: {
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none" },
    first: [["PUT", "/lab"]],
  },
  "azure-blob": { path: signed, first: [["PUT", `/${ACCOUNT}/lab?restype=container`]] },
  "azure-table": { path: signed, first: [["POST", `/${ACCOUNT}/Tables`, '{"TableName":"Notes"}', { "content-type": "application/json", accept: "application/json;odata=minimalmetadata" }]] },
  kinto: {
    headers: { authorization: `Basic ${Buffer.from("lab:lab").toString("base64")}` },
    first: [["PUT", "/v1/buckets/lab"], ["PUT", "/v1/buckets/lab/collections/notes"]],
  },
  remotestorage: {
    headers: {},
    first: [
      ["POST", "/signup", "username=lab&email=lab%40example.com&password=lab-lab-lab", { "content-type": "application/x-www-form-urlencoded" }],
      ["POST", "/oauth", `username=lab&password=lab-lab-lab&client_id=lab&redirect_uri=${encodeURIComponent("http://127.0.0.1/")}&response_type=token&scope=notes%3Arw&allow=Allow`, { "content-type": "application/x-www-form-urlencoded" }],
    ],
  },
};
const { headers = {}, path = (one) => one, first = [] } = KINDS[kind];

function passOn({ method, url, headers: own }) {
  return send({ host: "127.0.0.1", port: upstream, method, path: path(url), headers: { ...own, ...headers }, agent: false });
}

/** Resolves with the status; rejects if no server listens. */
function once([method, url, body, own]) {
  return new Promise((resolve, reject) => {
    const sent = passOn({ method, url, headers: own ?? {} });
    sent.on("error", reject).on("response", (answer) => {
      const token = /access_token=([^&]+)/.exec(answer.headers.location ?? "")?.[1];
      if (token !== undefined) headers.authorization = `Bearer ${decodeURIComponent(token)}`;
      resolve(answer.resume().statusCode);
    });
    sent.end(body);
  });
}

for (let tries = 0; ; tries++) {
  try {
    await once(["GET", "/"]);
    break;
  } catch (error) {
    if (tries > 600) throw error;
    await new Promise((passed) => setTimeout(passed, 100));
  }
}
for (const one of first) {
  const status = await once(one);
  if (status >= 400) throw new Error(`${one[0]} ${one[1]}: ${status}`);
}

createServer((request, response) => {
  const { origin } = request.headers;
  const isOwn = origin !== undefined && /^http:\/\/127\.0\.0\.1(:\d+)?$/.test(origin);
  const cors = isOwn ? { "access-control-allow-origin": origin, "access-control-expose-headers": "*", vary: "Origin" } : {};
  if (request.method === "OPTIONS" && isOwn) {
    const allowed = { "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE", "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "" };
    return response.writeHead(204, { ...cors, ...allowed }).end();
  }
  // The servers never see the origin.
  const { origin: _origin, ...rest } = request.headers;
  // moto decides on a 304 by the second of the last write and ignores the tag; S3 follows RFC 9110 §13.1.3.
  if (kind === "s3" && rest["if-none-match"]) delete rest["if-modified-since"];
  const sent = passOn({ ...request, method: request.method, url: request.url, headers: rest });
  sent.on("response", (answer) => {
    const told = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-") && name !== "transfer-encoding" && name !== "connection"));
    answer.pipe(response.writeHead(answer.statusCode, { ...told, ...cors }));
  });
  sent.on("error", () => response.writeHead(502, cors).end());
  request.pipe(sent);
}).listen(Number(port), "127.0.0.1");
