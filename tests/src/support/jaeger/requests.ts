import type { CorpusTrace } from "./corpus.js";

const enc = encodeURIComponent;
const json = (value: unknown): string => enc(JSON.stringify(value));

/** Paths of the first API, good and bad. @param nowMs the corpus lies in the hour before it */
export function* firstApiRequests(traces: readonly CorpusTrace[], nowMs: number): Generator<string> {
  const all = `start=${(nowMs - 3_600_000) * 1000}&end=${nowMs * 1000}&limit=1000`;
  yield "/api/services";
  for (const service of ["gateway", "orders", "odd", "kinds", "nobody", "missing-service-name", "a+b", "%20"]) {
    yield `/api/services/${service}/operations`;
    for (const kind of ["", "server", "client", "internal", "producer", "consumer", "unspecified", "SERVER"]) {
      yield `/api/operations?service=${service}&spanKind=${kind}`;
    }
    yield `/api/traces?service=${service}&${all}`;
    yield `/api/traces?service=${service}&${all}&raw=true`;
    yield `/api/dependencies?endTs=${nowMs}&lookback=3600000&service=${service}`;
  }
  yield "/api/operations";
  yield "/api/traces";
  yield* traceRequests(traces);
  const search = (query: string): string => `/api/traces?service=gateway&${all}&${query}`;
  for (const operation of ["GET /", "charge", "nope", "GET /a+b c/ü"]) yield search(`operation=${enc(operation)}`);
  for (const duration of [
    "1ms",
    "10ms",
    "20.5ms",
    "49ms",
    "1s",
    "0",
    "500us",
    "500µs",
    "-1s",
    "1h2m3s",
    ".5s",
    "5.s",
    "1e3s",
  ]) {
    yield search(`minDuration=${enc(duration)}`);
    yield search(`maxDuration=${enc(duration)}`);
    yield search(`minDuration=5ms&maxDuration=${enc(duration)}`);
  }
  for (const bad of ["1", "x", "1x", "s", "1.5", "-", ".", "1 s", "9999999999h"])
    yield search(`minDuration=${enc(bad)}`);
  for (const limit of ["1", "3", "+5", "0", "-1", "x", "1.5", "100000", "100001", "99999999999", ""]) {
    yield `/api/traces?service=nobody&limit=${enc(limit)}`;
  }
  yield* timeRequests(nowMs);
  yield* tagRequests(search);
  yield search("raw=maybe");
  yield search("prettyPrint=true");
  yield "/api/services?prettyPrint=1";
  yield "/api/traces?service=&service=gateway";
  for (const query of [
    "",
    "&service=gateway",
    "&service=nobody",
    "&lookback=0",
    "&lookback=-1",
    "&lookback=x",
    "&lookback=1500000",
  ]) {
    yield `/api/dependencies?endTs=${nowMs}${query}`;
  }
  yield "/api/dependencies?endTs=x";
  yield "/api/dependencies?endTs=0";
}

function* traceRequests(traces: readonly CorpusTrace[]): Generator<string> {
  for (const { id } of traces) {
    yield `/api/traces/${id}`;
    yield `/api/traces/${id}?raw=true`;
  }
  const [first, second] = traces.slice(-2).map((trace) => trace.id) as [string, string];
  const ids = [
    "1234567890abcdef",
    "00000000000000001234567890ABCDEF",
    "0001234567890abcdef",
    "1",
    "0",
    "xyz",
    "f".repeat(32),
    "f".repeat(33),
    "f".repeat(20),
    `${"f".repeat(10)}z${"f".repeat(12)}`,
    "%41%42",
    "-1",
    "0x1",
    "+1",
  ];
  for (const id of ids) {
    yield `/api/traces/${id}`;
    yield `/api/traces?traceID=${id}`;
    yield `/api/traces?traceID=${first}&traceID=${id}`;
  }
  yield `/api/traces?traceID=${first}&traceID=${second}&traceID=${first}`;
  yield `/api/traces?traceID=${first}&service=nobody&minDuration=1s`;
  yield `/api/traces?traceID=${first}&limit=0&raw=true`;
  yield `/api/traces?traceID=${first}&limit=x`;
  for (const query of [
    "start=1&end=2",
    "start=x",
    "end=1.5",
    "raw=x",
    "raw=T",
    "raw=0",
    "start=99999999999999999999",
  ]) {
    yield `/api/traces/${first}?${query}`;
  }
}

function* timeRequests(nowMs: number): Generator<string> {
  const us = (ms: number): string => String(ms * 1000);
  for (const [start, end] of [
    [us(nowMs - 3_000_000), us(nowMs - 2_990_000)],
    [us(nowMs - 2_990_000), us(nowMs - 2_970_000)],
    [us(nowMs), us(nowMs - 3_600_000)],
    ["0", us(nowMs)],
    ["", ""],
    ["x", ""],
    ["", "x"],
    ["1.5", ""],
    ["-1", us(nowMs)],
    ["9223372036854775807", us(nowMs)],
    ["99999999999999999999", ""],
  ]) {
    yield `/api/traces?service=gateway&limit=1000&start=${start}&end=${end}`;
  }
  yield "/api/traces?service=gateway&limit=1000&lookback=1h";
}

function* tagRequests(search: (query: string) => string): Generator<string> {
  const odd = (query: string): string => search(query).replace("gateway", "odd");
  for (const tag of [
    "region:eu",
    "region:us",
    "http.route:/a",
    "zone:1",
    "host.name:gateway-1",
    "nope:1",
    "region",
    "a:b:c",
    ":",
    "",
  ]) {
    yield search(`tag=${enc(tag)}`);
  }
  yield search("tag=region:eu&tag=http.route:/a");
  yield search(`tag=region:us&tags=${json({ region: "eu" })}`);
  for (const [key, value] of Object.entries({
    int: "42",
    negative: "-7",
    big: "9007199254740993",
    double: "0.1",
    whole: "2",
    yes: "true",
    no: "false",
    bytes: "AAEC/w==",
    text: 'quote " slash \\ <b>&amp; \u2028 ünï',
    empty: "",
    list: "42",
    huge: "1e+21",
    tiny: "1e-07",
  })) {
    yield odd(`tags=${json({ [key]: value })}`);
  }
  for (const bad of [
    "{",
    "[]",
    "1",
    "null",
    '"a"',
    '{"a":1}',
    '{"a":true}',
    '{"a":null}',
    '{"a":["b"]}',
    "{}",
    "true",
  ]) {
    yield search(`tags=${enc(bad)}`);
  }
  for (const key of ["x' OR 1=1 --", 'a"b', "a\\b", "a.b[0]", "$.x", "/~", "*", ""]) {
    yield search(`tags=${json({ [key]: "y" })}`);
    yield odd(`tags=${json({ [key]: "1" })}`);
  }
}

/** Requests of version 3's API that change nothing: Jaeger's storage in memory is changed by its own adjusters. */
export function* thirdApiRequests(traces: readonly CorpusTrace[], nowMs: number): Generator<string> {
  const at = (ms: number): string => enc(new Date(ms).toISOString());
  yield "/api/v3/services";
  for (const service of ["gateway", "kinds", "nobody", ""]) {
    for (const kind of ["", "server", "client", "x"]) yield `/api/v3/operations?service=${service}&span_kind=${kind}`;
  }
  yield "/api/v3/operations";
  for (const { id } of traces) yield `/api/v3/traces/${id}?raw_traces=true`;
  for (const id of ["1234567890abcdef", "1", "xyz", "f".repeat(33), "f".repeat(32)]) {
    yield `/api/v3/traces/${id}?raw_traces=true`;
  }
  const id = traces.at(-1)?.id ?? "";
  for (const time of [
    "x",
    "2026",
    "2026-01-01",
    "2026-13-01T00:00:00Z",
    "2026-01-32T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00Zx",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00.5+01:00",
    "2026-01-01T00:61:00Z",
  ]) {
    yield `/api/v3/traces/${id}?raw_traces=true&start_time=${enc(time)}`;
    yield `/api/v3/traces/${id}?raw_traces=true&end_time=${enc(time)}`;
    yield `/api/v3/traces?query.start_time_min=${enc(time)}&query.start_time_max=${at(nowMs)}&query.num_traces=5&query.raw_traces=1`;
  }
  yield `/api/v3/traces/${id}?raw_traces=maybe`;
  const window = `query.start_time_min=${at(nowMs - 3_600_000)}&query.start_time_max=${at(nowMs)}`;
  yield "/api/v3/traces";
  yield `/api/v3/traces?query.start_time_min=${at(nowMs)}`;
  const find = (query: string): string => `/api/v3/traces?${window}&query.raw_traces=true&${query}`;
  yield find("");
  for (const n of ["1", "1000", "0", "-1", "x", "100001", "99999999999999999999"]) yield find(`query.num_traces=${n}`);
  for (const service of ["gateway", "odd", "nobody"]) yield find(`query.num_traces=1000&query.service_name=${service}`);
  yield find("query.num_traces=1000&query.service_name=gateway&query.operation_name=charge");
  for (const duration of ["10ms", "1s", "x", "1", ""]) {
    yield find(`query.num_traces=1000&query.service_name=gateway&query.duration_min=${enc(duration)}`);
    yield find(`query.num_traces=1000&query.service_name=gateway&query.duration_max=${enc(duration)}`);
  }
  yield `/api/v3/traces?${window}&query.raw_traces=maybe`;
}
