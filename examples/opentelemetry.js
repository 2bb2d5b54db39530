import { SpanKind, SpanStatusCode, metrics, trace } from "@opentelemetry/api";

/**
 * `const { on, watch } = telemetry(); const http = createClient({ on, routes }); watch(http);`
 *
 * A span for each request, a counter of what became of refusals by route and class, and of bytes that a 304 saved. Warnings go to
 * the span and to a counter by code. URLs stay out of the counters, as they would make one series for each document.
 */
export function telemetry(meter = metrics.getMeter("mergefetch"), tracer = trace.getTracer("mergefetch")) {
  const saved = meter.createCounter("mergefetch.saved", { unit: "By", description: "Bytes of bodies that a 304 made needless" });
  const warnings = meter.createCounter("mergefetch.warnings", { unit: "{warning}", description: "What the app or the server should mend" });
  const refusals = meter.createObservableCounter("mergefetch.refusals", { unit: "{refusal}", description: "Refused writes, by what became of them" });
  const span = (name, url, options, end) => {
    const one = tracer.startSpan(name, { ...options, attributes: { ...options.attributes, "url.full": url } });
    end?.(one);
    one.end();
  };
  return {
    on: {
      request({ url, method, status, ms, bytesSaved }) {
        const attributes = { "http.request.method": method, ...(status !== null && { "http.response.status_code": status }) };
        span(method, url, { kind: SpanKind.CLIENT, startTime: Date.now() - ms, attributes }, (one) => {
          // A refused write is how conflicts are found, not a failure.
          if (status === null || status >= 500) one.setStatus({ code: SpanStatusCode.ERROR });
        });
        if (bytesSaved > 0) saved.add(bytesSaved);
      },
      merged: ({ url, changes }) => span("merged", url, { attributes: { "mergefetch.changes": changes.length } }),
      conflict: ({ url, kind, unresolved }) => span("conflict", url, { attributes: { "mergefetch.kind": kind, "mergefetch.unresolved": unresolved } }),
      warning({ url, code, message }) {
        warnings.add(1, { "mergefetch.code": code });
        span("warning", url, { attributes: { "mergefetch.code": code } }, (one) => one.setStatus({ code: SpanStatusCode.ERROR, message }));
      },
    },
    /** Reads `stats()` whenever counters are collected; gives the way to stop that. */
    watch(client) {
      const read = (result) => {
        for (const { route, kind, count } of client.stats()) result.observe(count, { "http.route": route, "mergefetch.kind": kind });
      };
      refusals.addCallback(read);
      return () => refusals.removeCallback(read);
    },
  };
}
