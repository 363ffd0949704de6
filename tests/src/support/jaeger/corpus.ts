import { seededRandom } from "../sampling-corpus.js";

const msNs = 1_000_000n;
const services = ["gateway", "orders", "payments", "stock", "mail", "search"];
const operations = ["GET /", "POST /orders", "charge", "SELECT", "publish jobs", "process jobs", "GET /a+b c/ü"];

/** Every kind of value, and what JSON and Go write differently. */
export const oddValues: Readonly<Record<string, object>> = {
  text: { stringValue: 'quote " slash \\ <b>&amp; \u2028 ünï' },
  empty: { stringValue: "" },
  yes: { boolValue: true },
  no: { boolValue: false },
  int: { intValue: "42" },
  negative: { intValue: "-7" },
  big: { intValue: "9007199254740993" },
  double: { doubleValue: 0.1 },
  whole: { doubleValue: 2 },
  huge: { doubleValue: 1e21 },
  tiny: { doubleValue: 1e-7 },
  bytes: { bytesValue: "AAEC/w==" },
  list: {
    arrayValue: { values: [{ intValue: "1" }, { stringValue: "<a>" }, { doubleValue: 2.5 }, { boolValue: true }] },
  },
  map: {
    kvlistValue: {
      values: [
        { key: "z", value: { intValue: "1" } },
        { key: "a", value: { stringValue: "b" } },
      ],
    },
  },
  emptyList: { arrayValue: {} },
  nothing: {},
};

const pairs = (values: Readonly<Record<string, object>>): object[] => {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
};
const texts = (values: Readonly<Record<string, string>>): object[] => {
  return pairs(Object.fromEntries(Object.entries(values).map(([key, stringValue]) => [key, { stringValue }])));
};

export interface CorpusTrace {
  readonly id: string;
  readonly request: { readonly resourceSpans: readonly object[] };
}

/**
 * Traces of every shape that Jaeger treats in a way of its own, in the order of their time, each as a request of its own.
 * @param nowMs the traces lie in the hour before it
 */
export function jaegerCorpus(nowMs: number): CorpusTrace[] {
  const random = seededRandom(20_261_125);
  const startNs = BigInt(nowMs - 3_000_000) * msNs;
  const shapes = [...oddShapes(startNs)];
  const many = Array.from({ length: 40 }, (_, i) =>
    randomTrace(random, i, startNs + BigInt(shapes.length + i) * 1000n * msNs),
  );
  return [...shapes, ...many];
}

/** Deterministic special cases; see the comments on each. */
function* oddShapes(startNs: bigint): Generator<CorpusTrace> {
  let count = 0;
  const make = (build: (id: string, atNs: bigint) => object[], id?: string): CorpusTrace => {
    const number = count++;
    const traceId = id ?? (0xabc000 + number).toString(16).padStart(32, "7");
    return { id: traceId, request: { resourceSpans: build(traceId, startNs + BigInt(number) * 1000n * msNs) } };
  };
  const span = (traceId: string, n: number, atNs: bigint, more: object = {}): Record<string, unknown> => ({
    traceId,
    spanId: n.toString(16).padStart(16, "0"),
    name: `op-${n}`,
    kind: 2,
    startTimeUnixNano: String(atNs),
    endTimeUnixNano: String(atNs + 5n * msNs),
    ...more,
  });
  const of = (service: string, spans: object[], attributes: object[] = [], scope: object = {}): object => ({
    resource: { attributes: [...texts({ "service.name": service }), ...attributes] },
    scopeSpans: [{ scope, spans }],
  });
  // Every kind of attribute on span, event, link, resource and scope; all the counts, flags and schema URLs.
  yield make((id, at) => [
    {
      resource: { attributes: [...pairs(oddValues), ...texts({ "service.name": "odd" })], droppedAttributesCount: 3 },
      schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
      scopeSpans: [
        {
          scope: { name: "lib", version: "1.2", attributes: pairs(oddValues), droppedAttributesCount: 2 },
          schemaUrl: "https://opentelemetry.io/schemas/1.29.0",
          spans: [
            span(id, 1, at, {
              attributes: pairs(oddValues),
              traceState: "a=1,b=2",
              flags: 257,
              droppedAttributesCount: 4,
              droppedEventsCount: 5,
              droppedLinksCount: 6,
              events: [
                {
                  timeUnixNano: String(at + 1500n),
                  name: "b",
                  attributes: pairs(oddValues),
                  droppedAttributesCount: 1,
                },
                { timeUnixNano: String(at + 2500n), name: "a", attributes: texts({ event: "named", z: "1" }) },
                { timeUnixNano: String(at + 3500n), attributes: texts({ message: "no name" }) },
              ],
              links: [
                { traceId: id, spanId: "00000000000000aa", traceState: "x=y", attributes: pairs(oddValues), flags: 1 },
              ],
              status: { code: 2, message: "went wrong" },
            }),
          ],
        },
      ],
    },
  ]);
  // A 64-bit id, a root of each kind and status.
  yield make(
    (id, at) => [
      of(
        "kinds",
        [0, 1, 2, 3, 4, 5].map((kind) => span(id, kind + 1, at + BigInt(kind), { kind, status: { code: kind % 3 } })),
      ),
    ],
    "00000000000000001234567890abcdef",
  );
  // A parent that is missing; a chain of two with one service calling itself.
  yield make((id, at) => [
    of("gateway", [
      span(id, 1, at, { parentSpanId: "00000000000000ff" }),
      span(id, 2, at + 1n, { parentSpanId: "0000000000000001" }),
    ]),
  ]);
  // Clocks: children before, after and longer than their parent, on hosts that are named, equal, or not named.
  yield make((id, at) => [
    of("front", [span(id, 1, at)], texts({ "host.name": "a", ip: "10.0.0.1" })),
    of(
      "early",
      [span(id, 2, at - 20n * msNs, { parentSpanId: "0000000000000001", endTimeUnixNano: String(at - 18n * msNs) })],
      texts({ "host.name": "b", ip: "10.0.0.2" }),
    ),
    of(
      "late",
      [span(id, 3, at + 900n * msNs, { parentSpanId: "0000000000000001", endTimeUnixNano: String(at + 901n * msNs) })],
      texts({ "host.id": "c" }),
    ),
    of("long", [
      span(id, 4, at - msNs, { parentSpanId: "0000000000000001", endTimeUnixNano: String(at + 90n * msNs) }),
    ]),
    of(
      "same",
      [span(id, 5, at - 3n * msNs, { parentSpanId: "0000000000000001" })],
      texts({ "host.name": "a", ip: "10.0.0.1" }),
    ),
    of(
      "below",
      [
        span(id, 6, at - 19n * msNs, {
          parentSpanId: "0000000000000002",
          events: [{ timeUnixNano: String(at), name: "moved" }],
        }),
      ],
      texts({ "host.name": "b", ip: "10.0.0.2" }),
    ),
  ]);
  // The two sides of a call with one span id, and a child of the server's side.
  yield make((id, at) => [
    of("caller", [span(id, 0x10, at, { kind: 3 })]),
    of("callee", [span(id, 0x10, at + msNs, { kind: 2, endTimeUnixNano: String(at + 4n * msNs) })]),
    of("callee", [
      span(id, 0x11, at + 2n * msNs, {
        kind: 1,
        parentSpanId: "0000000000000010",
        endTimeUnixNano: String(at + 3n * msNs),
      }),
    ]),
  ]);
  // A span twice, all the same.
  yield make((id, at) => [of("twice", [span(id, 1, at), span(id, 1, at), span(id, 2, at + 1n)])]);
  // Links: to the parent itself, as a child, to other traces, without ids.
  yield make((id, at) => [
    of("links", [
      span(id, 1, at),
      span(id, 2, at + 1n, {
        parentSpanId: "0000000000000001",
        links: [
          { traceId: id, spanId: "0000000000000001" },
          {
            traceId: "7".repeat(32),
            spanId: "0000000000000005",
            attributes: texts({ "opentracing.ref_type": "child_of" }),
          },
          { traceId: "0".repeat(32), spanId: "0000000000000006" },
        ],
      }),
      span(id, 3, at + 2n, { links: [{ traceId: id, spanId: "0000000000000001" }] }),
      span(id, 4, at + 3n, {
        links: [
          { traceId: "8".repeat(32), spanId: "0000000000000009" },
          { traceId: id, spanId: "0000000000000002", attributes: texts({ "opentracing.ref_type": "child_of" }) },
        ],
      }),
    ]),
  ]);
  // Addresses as numbers, names of telemetry libraries on a span, attributes with the names of derived ones.
  yield make((id, at) => [
    of(
      "tags",
      [
        span(id, 1, at, {
          attributes: [
            ...pairs({ ip: { intValue: "167772161" }, "peer.ipv4": { doubleValue: 167772162 } }),
            ...texts({
              "telemetry.sdk.name": "opentelemetry",
              "telemetry.sdk.version": "2",
              "span.kind": "own",
              error: "own",
            }),
          ],
          status: { code: 2 },
        }),
      ],
      texts({ "telemetry.sdk.language": "nodejs" }),
    ),
  ]);
  // Resources without a name, with an empty one, with a number.
  yield make((id, at) => [
    { resource: {}, scopeSpans: [{ spans: [span(id, 1, at)] }] },
    { resource: { attributes: texts({ "service.name": "" }) }, scopeSpans: [{ spans: [span(id, 2, at + 1n)] }] },
    {
      resource: { attributes: pairs({ "service.name": { intValue: "5" } }) },
      scopeSpans: [{ spans: [span(id, 3, at + 2n)] }],
    },
  ]);
}

function randomTrace(random: () => number, index: number, atNs: bigint): CorpusTrace {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const id = (0x5eed0000 + index).toString(16).padStart(32, "9");
  const spanCount = 1 + Math.floor(random() * 12);
  const byService = new Map<string, object[]>();
  for (let n = 1; n <= spanCount; n++) {
    const service = n === 1 ? "gateway" : pick(services);
    const startNs = atNs + BigInt(n) * msNs + BigInt(Math.floor(random() * 1e6));
    const spans = byService.get(service) ?? [];
    byService.set(service, spans);
    spans.push({
      traceId: id,
      spanId: (index * 100 + n).toString(16).padStart(16, "0"),
      ...(n === 1
        ? {}
        : { parentSpanId: (index * 100 + 1 + Math.floor(random() * (n - 1))).toString(16).padStart(16, "0") }),
      name: pick(operations),
      kind: Math.floor(random() * 6),
      startTimeUnixNano: String(startNs),
      endTimeUnixNano: String(startNs + BigInt(1 + Math.floor(random() * 50e6))),
      attributes: texts({ region: pick(["eu", "us"]), "http.route": pick(["/a", "/b"]) }),
      ...(random() < 0.3 ? { status: { code: 2, message: "boom" } } : {}),
    });
  }
  const resourceSpans = [...byService].map(([service, spans]) => ({
    resource: { attributes: texts({ "service.name": service, "host.name": `${service}-1`, zone: pick(["1", "2"]) }) },
    scopeSpans: [{ scope: { name: "sdk", version: "1" }, spans }],
  }));
  return { id, request: { resourceSpans } };
}
