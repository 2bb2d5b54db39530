// The programs of the tools, as their users call them.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

const PATIENCE_MS = 120_000;

function begin(folder, [program, ...options]) {
  const env = {
    ...process.env,
    PATH: `${join(folder, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
    // Neither news nor statistics belong into a test.
    NEXT_TELEMETRY_DISABLED: "1",
    CI: "1",
  };
  // Of a test runner around it.
  delete env.NODE_TEST_CONTEXT;
  delete env.NODE_ENV;
  // With an input that stays open: some servers end with theirs.
  const child = spawn(program, options, { cwd: folder, env, detached: true, stdio: "pipe" });
  const told = [];
  child.stdout.on("data", (bytes) => told.push(bytes));
  child.stderr.on("data", (bytes) => told.push(bytes));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { child, ended, words: () => Buffer.concat(told).toString() };
}

/** Runs a program to its end. */
export async function run(folder, command) {
  const { ended, words } = begin(folder, command);
  const code = await ended;
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${words()}`);
  return words();
}

async function freePort() {
  const listener = createServer();
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Starts a server, until the test ends; `command` tells what to run for a port. Its address. */
export async function start(t, folder, command) {
  const port = await freePort();
  const line = command(port);
  const { child, ended, words } = begin(folder, line);
  let hasEnded = false;
  void ended.then(() => (hasEnded = true), () => (hasEnded = true));
  t.after(async () => {
    // It and the programs that it started.
    if (!hasEnded) process.kill(-child.pid, "SIGKILL");
    await ended.catch(() => undefined);
  });
  const address = `http://127.0.0.1:${port}/`;
  const patience = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(address, { headers: { accept: "text/html" } }).catch(() => undefined);
    if (response?.ok) return address;
    if (hasEnded || Date.now() > patience) throw new Error(`${line.join(" ")} does not serve a page (${response?.status}):\n${words()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
