import { keyValue } from "../sampling-corpus.js";

const string = (stringValue: string): object => ({ stringValue });
const list = (...values: object[]): object => ({ arrayValue: { values } });
const map = (entries: Readonly<Record<string, object>>): object => ({
  kvlistValue: { values: Object.entries(entries).map(([key, value]) => ({ key, value })) },
});

const NANOS = "1700000000123456789";

/** Attributes of every kind. */
const ATTRIBUTES = [
  { key: "text", value: string("some text") },
  { key: "int", value: { intValue: "42" } },
  { key: "double", value: { doubleValue: 2.5 } },
  { key: "bool", value: { boolValue: true } },
  { key: "bytes", value: { bytesValue: "AQI=" } },
  { key: "list", value: list(string("one"), string("two"), { intValue: "3" }) },
  { key: "map", value: map({ inner: map({ deep: string("value") }), other: { intValue: "1" } }) },
  {
    key: "maps",
    value: list(
      map({ name: string("foo"), value: { intValue: "2" }, at: map({ b: string("x") }) }),
      map({ name: string("bar"), value: { intValue: "5" }, at: map({ b: string("y") }) }),
    ),
  },
  { key: "key", value: string("inner") },
  { key: "empty", value: {} },
];

const resource = {
  attributes: [keyValue("service.name", "shop"), keyValue("host.name", "h1")],
  droppedAttributesCount: 2,
};
const scope = { name: "lib", version: "1.2", attributes: [keyValue("s", "x")], droppedAttributesCount: 1 };

const BODIES: readonly object[] = [
  string("text body"),
  map({ key: string("value"), list: list({ intValue: "1" }, { doubleValue: 2.5 }) }),
  list(string("first"), map({ a: { boolValue: false } })),
  { intValue: "7" },
  { doubleValue: 1e-7 },
  { boolValue: true },
  { bytesValue: "//4=" },
  {},
];

/** A log record for each kind of body; the attribute `id` tells them apart. */
export function ottlLogs(): object {
  const logRecords = BODIES.map((body, index) => ({
    timeUnixNano: NANOS,
    observedTimeUnixNano: "1700000001000000001",
    severityNumber: index * 3 + 1,
    severityText: "WARN",
    body,
    attributes: [...ATTRIBUTES, keyValue("id", `log-${index}`)],
    droppedAttributesCount: 4,
    flags: 1,
    traceId: "0102030405060708090a0b0c0d0e0f10",
    spanId: index === 0 ? "1112131415161718" : "",
    eventName: "event",
  }));
  return {
    resourceLogs: [
      { resource, schemaUrl: "https://resource", scopeLogs: [{ scope, schemaUrl: "https://scope", logRecords }] },
      {
        resource: { attributes: [keyValue("service.name", "other")] },
        scopeLogs: [{ logRecords: logRecords.slice(0, 2) }],
      },
    ],
  };
}

/** Spans of every kind, the second without what may be missing. */
export function ottlSpans(): object {
  const spans = [1, 2, 3, 4, 5, 0].map((kind, index) => ({
    traceId: "0102030405060708090a0b0c0d0e0f10",
    spanId: `111213141516171${index}`,
    ...(index % 2 === 0 ? { parentSpanId: "2122232425262728", traceState: "a=1,b=2,ot=th:8" } : {}),
    name: `GET /users/${index}`,
    kind,
    startTimeUnixNano: NANOS,
    endTimeUnixNano: "1700000002000000000",
    attributes: [
      ...ATTRIBUTES,
      keyValue("id", `span-${index}`),
      keyValue("http.method", "GET"),
      keyValue("code", index * 100),
    ],
    droppedAttributesCount: 3,
    events: [0, 1, 2].slice(0, index).map((event) => ({
      timeUnixNano: `170000000100000000${event}`,
      name: event === 1 ? "exception" : `event-${event}`,
      attributes: [keyValue("n", event), keyValue("message", `m${event}`)],
      droppedAttributesCount: event,
    })),
    droppedEventsCount: 1,
    links: [
      { traceId: "aa02030405060708090a0b0c0d0e0f10", spanId: "3132333435363738", attributes: [keyValue("l", 1)] },
    ],
    droppedLinksCount: 5,
    status: index === 3 ? { code: 2, message: "failed" } : index === 4 ? { code: 1 } : {},
    flags: 257,
  }));
  return {
    resourceSpans: [
      {
        resource,
        schemaUrl: "https://resource",
        scopeSpans: [
          { scope, schemaUrl: "https://scope", spans: spans.slice(0, 4) },
          { scope: { name: "second" }, spans: spans.slice(4) },
        ],
      },
      { resource: { attributes: [keyValue("service.name", "other")] }, scopeSpans: [{ spans: spans.slice(1, 3) }] },
    ],
  };
}

const times = { startTimeUnixNano: "1699999999000000000", timeUnixNano: NANOS };
const point = (id: string, route: string, more: object): object => ({
  attributes: [keyValue("id", id), keyValue("route", route), keyValue("code", 200)],
  ...times,
  ...more,
});
const exemplars = [
  { timeUnixNano: NANOS, asDouble: 0.7, spanId: "1112131415161718", filteredAttributes: [keyValue("f", 1)] },
];

/** Metrics of every kind, and one of none. */
export function ottlMetrics({ withEmpty = true }: { readonly withEmpty?: boolean } = {}): object {
  const metrics = [
    {
      name: "up",
      description: "is up",
      unit: "1",
      gauge: {
        dataPoints: [point("g1", "/a", { asDouble: 1.5, exemplars }), point("g2", "/b", { asInt: "7", flags: 1 })],
      },
    },
    {
      name: "requests",
      description: "number of requests",
      unit: "{request}",
      metadata: [keyValue("m", "x")],
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: [
          point("s1", "/a", { asInt: "10" }),
          point("s2", "/b", { asDouble: 2.5 }),
          point("s3", "/a", { asInt: "5" }),
        ],
      },
    },
    {
      name: "delta",
      sum: {
        aggregationTemporality: 1,
        dataPoints: [point("d1", "/a", { asInt: "3" }), point("d2", "/a", { asInt: "4" })],
      },
    },
    {
      name: "duration",
      unit: "s",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          point("h1", "/a", {
            count: "17",
            sum: 12.5,
            min: 0.05,
            max: 3,
            bucketCounts: ["5", "8", "3", "1"],
            explicitBounds: [0.1, 0.5, 1],
            exemplars,
          }),
          point("h2", "/b", { count: "4", bucketCounts: ["1", "1", "1", "1"], explicitBounds: [0.1, 0.5, 1] }),
        ],
      },
    },
    {
      name: "latency",
      unit: "ms",
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [
          point("e1", "/a", {
            count: "10",
            sum: 50.5,
            scale: 1,
            zeroCount: "2",
            positive: { offset: 2, bucketCounts: ["1", "2", "3"] },
            negative: { offset: -1, bucketCounts: ["1", "1"] },
            zeroThreshold: 0.01,
            min: -1,
            max: 9,
          }),
          point("e2", "/a", {
            count: "3",
            sum: 9,
            scale: 0,
            positive: { offset: 0, bucketCounts: ["3"] },
            negative: {},
          }),
        ],
      },
    },
    {
      name: "rpc",
      description: "old",
      summary: {
        dataPoints: [
          point("q1", "/a", {
            count: "9",
            sum: 4.5,
            quantileValues: [
              { quantile: 0.5, value: 0.4 },
              { quantile: 0.99, value: 1.25 },
            ],
          }),
        ],
      },
    },
    ...(withEmpty ? [{ name: "nothing" }] : []),
  ];
  return {
    resourceMetrics: [
      {
        resource,
        schemaUrl: "https://resource",
        scopeMetrics: [
          { scope, schemaUrl: "https://scope", metrics },
          { scope: { name: "second" }, metrics: metrics.slice(0, 1) },
        ],
      },
      {
        resource: { attributes: [keyValue("service.name", "other")] },
        scopeMetrics: [{ metrics: metrics.slice(1, 2) }],
      },
    ],
  };
}
