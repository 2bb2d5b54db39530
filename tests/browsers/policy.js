// Tells in its title what comes of a module under the page's policy, and what the package says to that.
const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const compiled = await WebAssembly.compile(bytes).then(() => "compiles", ({ name }) => name);
const ran = await WebAssembly.instantiate(bytes).then(() => "runs", ({ name }) => name);
const { init } = await import("/mergefetch/index.js");
const started = await init().then(() => "starts", ({ code, message }) => `${code}${message.includes("'wasm-unsafe-eval'") ? " that names it" : ` ${message}`}`);
document.title = `${compiled === "compiles" && ran === "runs" ? "runs" : `\`compile\`: ${compiled}; \`instantiate\`: ${ran}`}; package: ${started}`;
