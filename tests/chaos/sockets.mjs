// HTTP/1.1 by hand on raw sockets, so that connections can end, and bodies be cut, wherever chance wants it.
import { createServer } from "node:net";

const REASONS = { 200: "OK", 201: "Created", 204: "No Content", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect" };
const BODILESS = [204, 304];
/** So much later an answer has arrived, or its reader has left. */
const ARRIVAL_MS = 30;

/** Listens for one origin, whose requests `serverOf()` answers; `{ port, close }`. */
export async function listen(serverOf) {
  const sockets = new Set();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    talk(socket, serverOf).catch(() => socket.destroy());
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: listener.address().port,
    close() {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The requests of one connection, one after the other. */
async function talk(socket, serverOf) {
  const input = new Input(socket);
  for (;;) {
    const request = await requestFrom(input);
    if (request === null) return;
    const answer = await serverOf().handle(request);
    if (answer.stall) return;
    if (answer.reset) return void socket.resetAndDestroy();
    const goesOn = send(socket, answer);
    // A client that leaves closes the connection: nobody knows then which part had arrived.
    setTimeout(() => !socket.destroyed && answer.arrived?.(), ARRIVAL_MS);
    if (!goesOn) return;
  }
}

/** Whether the connection goes on. */
function send(socket, { status, headers, body, cutAt, length }) {
  const bytes = Buffer.from(body);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (headers.date === undefined) fields.push(`date: ${new Date().toUTCString()}\r\n`);
  const isSpoiled = cutAt !== undefined || length !== undefined;
  if (!BODILESS.includes(status)) fields.push(`content-length: ${length ?? bytes.length}\r\n`);
  if (isSpoiled) fields.push("connection: close\r\n");
  socket.write(`HTTP/1.1 ${status} ${REASONS[status] ?? "Other"}\r\n${fields.join("")}\r\n`);
  if (BODILESS.includes(status)) return true;
  socket.write(cutAt === undefined ? bytes : bytes.subarray(0, cutAt));
  if (!isSpoiled) return true;
  // Written data still has to arrive.
  if (cutAt === undefined) socket.end();
  else setTimeout(() => socket.destroy(), 5);
  return false;
}

async function requestFrom(input) {
  const head = await input.until("\r\n\r\n");
  if (head === null) return null;
  const [first, ...lines] = head.split("\r\n");
  const [method, path] = first.split(" ");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = await bodyFrom(input, headers);
  return { method, path, headers, body };
}

async function bodyFrom(input, headers) {
  if (headers["transfer-encoding"]?.toLowerCase() === "chunked") {
    const chunks = [];
    for (;;) {
      const size = Number.parseInt(await input.until("\r\n"), 16);
      if (size > 0) chunks.push(await input.take(size));
      await input.until("\r\n");
      if (!(size > 0)) return Buffer.concat(chunks).toString();
    }
  }
  const length = Number(headers["content-length"] ?? 0);
  return length > 0 ? (await input.take(length)).toString() : undefined;
}

/** The data of a socket that was not read yet. */
class Input {
  #held = Buffer.alloc(0);
  #isOver = false;
  #wake = () => {};

  constructor(socket) {
    socket.on("data", (bytes) => {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#wake();
    });
    socket.on("close", () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** The text before `end`, which is skipped; null where the connection ends. */
  async until(end) {
    for (;;) {
      const at = this.#held.indexOf(end);
      if (at >= 0) {
        const text = this.#held.subarray(0, at).toString();
        this.#held = this.#held.subarray(at + end.length);
        return text;
      }
      if (this.#isOver) return null;
      await this.#more();
    }
  }

  async take(length) {
    while (this.#held.length < length) {
      if (this.#isOver) throw new Error("the connection ended within a body");
      await this.#more();
    }
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }

  #more() {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
