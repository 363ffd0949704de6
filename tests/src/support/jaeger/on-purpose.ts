import { type CorpusTrace, oddValues } from "./corpus.js";

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/** Traces that Jaeger and the store answer differently on purpose; see {@link onPurpose}. */
export function onPurposeTraces(nowMs: number): CorpusTrace[] {
  const startNs = BigInt(nowMs - 60_000) * 1_000_000n;
  const span = (traceId: string, n: number, more: object = {}): object => ({
    traceId,
    spanId: `000000000000000${n}`,
    name: "op",
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 1_000_000n),
    ...more,
  });
  const of = (service: string, spans: object[]): object => {
    return { resource: { attributes: [text("service.name", service)] }, scopeSpans: [{ spans }] };
  };
  const [failed, instant, endless, linked] = ["a", "b", "c", "d"].map((digit) => digit.repeat(32)) as [
    string,
    string,
    string,
    string,
  ];
  const event = { timeUnixNano: String(startNs), name: "exception" };
  return [
    {
      id: failed,
      request: { resourceSpans: [of("failed", [span(failed, 1, { status: { code: 2 }, events: [event] })])] },
    },
    {
      id: instant,
      request: { resourceSpans: [of("instant", [span(instant, 1, { endTimeUnixNano: String(startNs) })])] },
    },
    {
      id: endless,
      request: {
        resourceSpans: [
          of("endless", [span(endless, 1, { attributes: [{ key: "x", value: { doubleValue: "Infinity" } }] })]),
        ],
      },
    },
    {
      id: linked,
      request: {
        resourceSpans: [
          of("producer", [span(linked, 1, { attributes: [{ key: "int", value: oddValues.int }] })]),
          of("consumer", [span(linked, 2, { links: [{ traceId: linked, spanId: "0000000000000001" }] })]),
        ],
      },
    },
  ];
}

/** Requests whose answers differ on purpose, with the reason. */
export function onPurpose(nowMs: number): { path: string; reason: string }[] {
  const search = (service: string, tags: object): string => {
    return `/api/traces?service=${service}&start=0&end=${nowMs * 1000}&tags=${encodeURIComponent(JSON.stringify(tags))}`;
  };
  return [
    {
      path: search("failed", { error: "true" }),
      reason: "Jaeger's storage in memory takes error=true for error=false",
    },
    {
      path: search("failed", { "span.kind": "server" }),
      reason: "derived tags are searched, as by Jaeger's other storages",
    },
    { path: search("failed", { "otel.status_code": "ERROR" }), reason: "derived tags are searched" },
    {
      path: search("failed", { event: "exception" }),
      reason: "names of events are searched, as by Jaeger's other storages",
    },
    {
      path: `/api/traces/${"b".repeat(32)}`,
      reason: "a span may take no time: Jaeger makes it 1 ns and adds a warning",
    },
    { path: `/api/traces/${"c".repeat(32)}`, reason: "JSON has no infinity: Jaeger answers 500, the store the text" },
    { path: `/api/dependencies?endTs=${nowMs}`, reason: "links between services are calls, too (messaging)" },
    { path: "/api/nope", reason: "Jaeger answers unknown paths with its page, the store with 404" },
    {
      path: "/api/traces?service=a&tags=%7Ba",
      reason: "what is wrong with JSON is told in the words of another parser",
    },
  ];
}
