// How text reaches a worker fastest: as it is, or as bytes that are transferred.
//
// `node benches/worker-strings.mjs`, with Chromium's path in CHROME. Three documents of ten million UTF-16 units, medians of nine.
import { chromium } from "playwright-core";

const browser = await chromium.launch({ executablePath: process.env.CHROME ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
const lines = await page.evaluate(async () => {
  const script = `
    const decoders = { utf8: new TextDecoder("utf-8", { ignoreBOM: true }), utf16: new TextDecoder("utf-16le", { ignoreBOM: true }) };
    onmessage = ({ data: { how, parts } }) => {
      const texts = how === "string" ? parts : parts.map((part) => decoders[how].decode(part));
      postMessage(texts.reduce((units, text) => units + text.length, 0));
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([script])));
  const median = (times) => times.sort((one, other) => one - other)[times.length >> 1];
  const document = (words) => Array.from({ length: 400_000 }, (_, line) => `${words} ${line} lorem ipsum dolor sit amet\n`).join("").slice(0, 1e7);
  const ways = {
    string: (texts) => texts,
    utf8(texts) {
      const encoder = new TextEncoder();
      // A lone surrogate would become U+FFFD in silence.
      if (!texts.every((text) => text.isWellFormed())) throw new Error("no text");
      return texts.map((text) => encoder.encode(text));
    },
    utf16(texts) {
      return texts.map((text) => {
        const units = new Uint16Array(text.length);
        for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
        return units;
      });
    },
  };
  const lines = [];
  for (const [name, text] of Object.entries({ latin: document("plain"), wide: document("日本語の文章") })) {
    for (const [how, convert] of Object.entries(ways)) {
      const [blocked, arrived] = [[], []];
      for (let round = 0; round < 9; round++) {
        const texts = [0, 1, 2].map((index) => text + index + round);
        // Concatenations are made flat when they are read.
        for (const one of texts) one.charCodeAt(5);
        const start = performance.now();
        const parts = convert(texts);
        const done = new Promise((resolve) => (worker.onmessage = resolve));
        worker.postMessage({ how, parts }, how === "string" ? [] : parts.map(({ buffer }) => buffer));
        blocked.push(performance.now() - start);
        await done;
        arrived.push(performance.now() - start);
      }
      lines.push(`${name} ${how}: the page is blocked for ${median(blocked).toFixed(0)} ms, it is there after ${median(arrived).toFixed(0)} ms`);
    }
  }
  return lines;
});
console.log(lines.join("\n"));
await browser.close();
