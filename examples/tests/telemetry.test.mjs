// OpenTelemetry, with its own SDK collecting in memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createClient } from "mergefetch";

import { telemetry } from "../opentelemetry.js";
import { mine, server, start, theirs } from "./support.mjs";

function collecting(t) {
  const spans = new InMemorySpanExporter();
  const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const metering = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
  t.after(() => Promise.all([tracing.shutdown(), metering.shutdown()]));
  return {
    meter: metering.getMeter("test"),
    tracer: tracing.getTracer("test"),
    spans: () => spans.getFinishedSpans(),
    /** The points of a counter: its attributes and its value. */
    async points(name) {
      await metering.forceFlush();
      const found = exporter.getMetrics().at(-1).scopeMetrics.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === name);
      return (found?.dataPoints ?? []).map(({ attributes, value }) => ({ ...attributes, value }));
    },
  };
}

test("OpenTelemetry: spans of requests, and refusals counted by route and class", async (t) => {
  const collected = collecting(t);
  const { on, watch } = telemetry(collected.meter, collected.tracer);
  const route = "/api/documents/*";
  const http = createClient({ baseUrl: `${server}/`, routes: [{ match: route }], on });
  const stop = watch(http);
  const { url } = await start({ title: "Base", done: false });
  const note = await http.get(url);
  await http.get(url);
  await theirs(url, { title: "Base", done: true });
  const merged = await http.save(note, { title: "Mine", done: false });
  await theirs(url, { title: "Theirs", done: true });
  const { conflict } = await http.save(merged.snapshot, { title: "Mine again", done: true });
  await mine(conflict);

  assert.deepEqual(await collected.points("mergefetch.refusals"), [
    { "http.route": route, "mergefetch.kind": "merged", value: 1 },
    { "http.route": route, "mergefetch.kind": "conflict", value: 1 },
  ]);
  const [{ value }] = await collected.points("mergefetch.saved");
  assert.equal(value, '{"title":"Base","done":false}'.length);
  const requests = collected.spans().filter(({ kind }) => kind === SpanKind.CLIENT);
  const told = requests.map(({ name, attributes }) => `${name} ${attributes["http.response.status_code"]}`);
  // A read without the own save may come from a lagging replica, so the client needs three such reads before a conflict.
  assert.deepEqual(told.toSorted(), [...Array(5).fill("GET 200"), "GET 304", "PUT 204", "PUT 204", "PUT 409", "PUT 409"]);
  assert.ok(requests.every(({ attributes, status }) => attributes["url.full"] === url && status.code === SpanStatusCode.UNSET));
  const events = collected.spans().filter(({ kind }) => kind !== SpanKind.CLIENT);
  assert.deepEqual(events.map(({ name }) => name), ["merged", "conflict"]);
  assert.equal(events[1].attributes["mergefetch.unresolved"], 1);
  stop();
});

test("OpenTelemetry: a warning is counted by code, and says in one sentence what to mend", async (t) => {
  const collected = collecting(t);
  const { on } = telemetry(collected.meter, collected.tracer);
  const withoutTag = async (request, init) => {
    const response = await fetch(request, init);
    const headers = new Headers(response.headers);
    for (const name of ["etag", "last-modified"]) headers.delete(name);
    return new Response(response.body, { status: response.status, headers });
  };
  const { url } = await start();
  const http = createClient({ fetch: withoutTag, on });
  const result = await http.save(await http.get(url), { title: "New" });
  assert.equal(result.ok, false);
  assert.deepEqual(await collected.points("mergefetch.warnings"), [{ "mergefetch.code": "unprotected", value: 1 }]);
  const warning = collected.spans().find(({ name }) => name === "warning");
  assert.match(warning.status.message, /let the server send an ETag and, across origins, expose it$/);
});
