/** An OTLP/JSON span of the sampling tests. */
export interface CorpusSpan {
  readonly traceId: string;
  readonly [field: string]: unknown;
}

export interface CorpusResource {
  readonly resource: { readonly attributes: readonly object[] };
  readonly scopeSpans: readonly { readonly scope: object; readonly spans: readonly CorpusSpan[] }[];
}

const EPOCH_NANO = 1_700_000_000_000_000_000n;

/** Numbers in [0, 1). Marsaglia, "Xorshift RNGs", 2003. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const hex = (random: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
const oneOf = <Value>(random: () => number, values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)] as Value;

export function keyValue(key: string, value: unknown): object {
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  if (typeof value === "string") return { key, value: { stringValue: value } };
  if (Number.isInteger(value)) return { key, value: { intValue: String(value) } };
  return { key, value: { doubleValue: value } };
}

/**
 * Requests in which `traces` traces come bit by bit: their spans lie in several requests and resources, and vary in all
 * that policies look at. The last `uniform` traces have two spans of one size each and the attribute `group=uniform`.
 */
export function samplingCorpus(seed: number, traces: number, uniform: number): { resourceSpans: CorpusResource[] }[] {
  const random = seededRandom(seed);
  const requests: CorpusSpan[][][] = Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => []));
  for (let trace = 0; trace < traces; trace++) {
    const traceId = hex(random, 32);
    const spans = 1 + Math.floor(random() * 6);
    for (let index = 0; index < spans; index++) {
      const place = oneOf(random, requests);
      oneOf(random, place.slice(0, 3)).push(variedSpan(random, traceId, index));
    }
  }
  for (let trace = 0; trace < uniform; trace++) {
    const traceId = hex(random, 32);
    const place = oneOf(random, requests);
    for (let index = 0; index < 2; index++) place[3]?.push(uniformSpan(random, traceId, index));
  }
  return requests.map((resources) => ({ resourceSpans: resources.map(resourceOf) }));
}

const RESOURCES: readonly Readonly<Record<string, unknown>>[] = [
  { "service.name": "gateway", env: "prod", weight: 7, canary: false },
  { "service.name": "orders", env: "test", weight: "heavy", canary: true },
  { "service.name": "payments" },
  { "service.name": "uniform", group: "uniform" },
];

function resourceOf(spans: readonly CorpusSpan[], index: number): CorpusResource {
  const attributes = Object.entries(RESOURCES[index] ?? {}).map(([key, value]) => keyValue(key, value));
  const half = Math.floor(spans.length / 2);
  return {
    resource: { attributes },
    scopeSpans: [
      { scope: { name: "a", version: "1" }, spans: spans.slice(0, half) },
      { scope: { name: "b", attributes: [keyValue("kind", "second")] }, spans: spans.slice(half) },
    ],
  };
}

function variedSpan(random: () => number, traceId: string, index: number): CorpusSpan {
  const start = EPOCH_NANO + BigInt(Math.floor(random() * 2e9));
  const durationNano = BigInt(Math.floor(10 ** (3 + random() * 6)));
  const attributes: object[] = [];
  const maybe = (key: string, values: readonly unknown[]): void => {
    if (random() < 0.4) attributes.push(keyValue(key, oneOf(random, values)));
  };
  maybe("http.route", ["/live", "/ready", "/v1/name/x", "/v1/name/", "", 5, true]);
  maybe("http.status", [200, 399, 400, 404, 500, 599, "500", 404.5, -1]);
  maybe("force", [true, false, "true", 1]);
  maybe("env", ["prod", "test"]);
  const states = ["vendor=1", "k=v", "a=b,k=v", "k=w", "k=v,k=v", "k = v", "k=v ,", "bad", "k=,"];
  return {
    traceId,
    spanId: hex(random, 16),
    ...(index === 0 ? {} : { parentSpanId: hex(random, 16) }),
    name: `span-${index}`,
    kind: 1 + Math.floor(random() * 5),
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + durationNano),
    status: oneOf(random, [{ code: 1 }, { code: 2, message: "failed" }, { code: 1 }, {}, {}, {}]),
    flags: oneOf(random, [0, 0, 0, 1, 256, 257]),
    ...(random() < 0.4 ? { traceState: oneOf(random, states) } : {}),
    attributes,
  };
}

function uniformSpan(random: () => number, traceId: string, index: number): CorpusSpan {
  return {
    traceId,
    spanId: hex(random, 16),
    parentSpanId: hex(random, 16),
    name: `uniform-${index}`,
    kind: 2,
    startTimeUnixNano: String(EPOCH_NANO),
    endTimeUnixNano: String(EPOCH_NANO + 1_000_000n),
    status: { code: 1 },
    flags: 256,
    attributes: [keyValue("filler", "x".repeat(200))],
  };
}
