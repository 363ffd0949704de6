import { writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { jsonToProtobuf } from "@venturi/otlp";
import { beforeAll, describe, expect, test } from "vitest";
import { type AnsweringSink, startAnsweringSink } from "./support/answering-sink.js";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const MAX_BODY_BYTES = 10_000;

/** What an answer is made of; `message` is the text of a Status. */
interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly retryAfter: string | undefined;
  readonly code?: number;
  readonly message?: string;
  /** A body that is no Status. */
  readonly body?: string;
}

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** The receiver whose destination answers so. */
  readonly to?: Destination;
  /** Words of a decoder are its own: the texts of the two collectors are not compared. */
  readonly ownWords?: true;
  /** Where ours differs on purpose: why, and how. */
  readonly differs?: { readonly why: string; readonly ours: Partial<Answer> };
}

/** What a destination says without a queue before it. */
const DESTINATIONS = ["ok", "400", "401", "403", "404", "413", "429", "500", "502", "503", "504", "limited"] as const;
type Destination = (typeof DESTINATIONS)[number];
/** Destinations that ask to come back. */
const RETRIED: readonly Destination[] = ["429", "502", "503", "504"];

const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", name: "get" };
const traces = (count: number): string =>
  JSON.stringify({
    resourceSpans: [{ resource: {}, scopeSpans: [{ spans: Array.from({ length: count }, () => span) }] }],
  });
const json = traces(1);
const protobuf = jsonToProtobuf("traces", Buffer.from(json));
const large = jsonToProtobuf("traces", Buffer.from(traces(400)));
const as = (type: string, more: Readonly<Record<string, string>> = {}) => ({ "content-type": type, ...more });
const encoded = (encoding: string, type = PROTOBUF) => as(type, { "content-encoding": encoding });

/** What ours does otherwise on purpose. */
const TAKEN = {
  why: "an empty message, as OTLP asks for when nothing was rejected; the stock receiver writes an empty partial_success",
  ours: { body: "" },
};
const TOO_LARGE = {
  why: "413 says what is wrong; the stock receiver says 400, as of a malformed request",
  ours: { status: 413, message: `request body too large: the limit is ${MAX_BODY_BYTES} bytes` },
};
const NOT_FOUND = { status: 404, type: "text/plain; charset=utf-8", body: "404 page not found\n" };
const NO_REDIRECT = { why: "no client of OTLP follows a redirect", ours: NOT_FOUND };
const PATH_FIRST = {
  why: "of two faults the path is told; the stock receiver looks at the encoding first",
  ours: { ...NOT_FOUND, code: undefined, message: undefined },
};
const TYPE_FIRST = {
  why: "of two faults the type is told; the stock receiver answers 500, since it cannot say the other one in that type",
  ours: {
    status: 415,
    type: "text/plain",
    code: undefined,
    message: undefined,
    body: `415 unsupported media type, supported: [${JSON_TYPE}, ${PROTOBUF}]`,
  },
};
const IDENTITY = {
  why: "RFC 9110: identity is no encoding at all",
  ours: { status: 200, code: undefined, message: undefined, body: "" },
};
const NOT_TEXT = {
  why: "the sender's fault; the stock receiver answers 500, since its message would have bytes that are no text",
  ours: { status: 400, code: 3 },
};
/** A destination that refuses for good, and there is no queue. */
const PERMANENT = {
  why: "500, as permanent: a 401 or 404 would tell senders that their own credentials or paths are wrong",
  ours: { status: 500, code: 13 },
};
const RETRYABLE = {
  why: "503 with Retry-After: senders come back when they are asked to; the stock receiver says no time",
  ours: { status: 503, code: 14, retryAfter: "1" },
};

const CASES: readonly Case[] = [
  { name: "protobuf", headers: as(PROTOBUF), body: protobuf, differs: TAKEN },
  { name: "JSON", headers: as(JSON_TYPE), body: json },
  { name: "JSON with a charset", headers: as("application/json; charset=utf-8"), body: json },
  { name: "a type in capitals", headers: as("Application/X-Protobuf"), body: protobuf, differs: TAKEN },
  { name: "metrics", path: "/v1/metrics", headers: as(PROTOBUF), body: "", differs: TAKEN },
  { name: "logs", path: "/v1/logs", headers: as(JSON_TYPE), body: "{}" },
  { name: "a query", path: "/v1/traces?x=1", headers: as(PROTOBUF), body: protobuf, differs: TAKEN },
  { name: "no bytes as protobuf", headers: as(PROTOBUF), body: "", differs: TAKEN },
  { name: "no bytes as JSON", headers: as(JSON_TYPE), body: "", ownWords: true },
  { name: "an empty object", headers: as(JSON_TYPE), body: "{}" },
  { name: "unknown fields", headers: as(JSON_TYPE), body: '{"what":[1,{"is":"this"}],"resourceSpans":[]}' },
  { name: "gzip", headers: encoded("gzip"), body: gzipSync(protobuf), differs: TAKEN },
  { name: "gzip of JSON", headers: encoded("gzip", JSON_TYPE), body: gzipSync(json) },
  { name: "deflate", headers: encoded("deflate"), body: deflateSync(protobuf), differs: TAKEN },
  { name: "zlib", headers: encoded("zlib"), body: deflateSync(protobuf), differs: TAKEN },
  {
    name: "two gzip members",
    headers: encoded("gzip"),
    body: Buffer.concat([gzipSync(protobuf), gzipSync(protobuf)]),
    differs: TAKEN,
  },

  { name: "JSON as protobuf", headers: as(PROTOBUF), body: json, ownWords: true },
  { name: "protobuf as JSON", headers: as(JSON_TYPE), body: protobuf, ownWords: true, differs: NOT_TEXT },
  { name: "broken JSON", headers: as(JSON_TYPE), body: json.slice(0, -3), ownWords: true },
  { name: "JSON that is a list", headers: as(JSON_TYPE), body: "[]", ownWords: true },
  { name: "a wrong type in JSON", headers: as(JSON_TYPE), body: '{"resourceSpans":5}', ownWords: true },
  {
    name: "a trace id that is not hexadecimal",
    headers: as(JSON_TYPE),
    body: json.replace("0af7", "xyz7"),
    ownWords: true,
  },
  { name: "a trace id that is too short", headers: as(JSON_TYPE), body: json.replace("0af7", ""), ownWords: true },
  { name: "broken protobuf", headers: as(PROTOBUF), body: protobuf.subarray(0, -3), ownWords: true },
  { name: "a wire type that is none", headers: as(PROTOBUF), body: Uint8Array.of(0x0f, 1), ownWords: true },
  { name: "gzip that is none", headers: encoded("gzip"), body: protobuf, ownWords: true },
  { name: "gzip that is none, of JSON", headers: encoded("gzip", JSON_TYPE), body: json, ownWords: true },
  { name: "gzip that ends early", headers: encoded("gzip"), body: gzipSync(large).subarray(0, 40), ownWords: true },
  { name: "gzip with a wrong checksum", headers: encoded("gzip"), body: corrupted(gzipSync(protobuf)), ownWords: true },
  { name: "zstd that is none", headers: encoded("zstd"), body: protobuf, ownWords: true },
  { name: "snappy that is none", headers: encoded("snappy"), body: Buffer.alloc(40, 0xff), ownWords: true },
  { name: "an encoding that nobody knows", headers: encoded("br"), body: protobuf },
  { name: "an encoding that nobody knows, of JSON", headers: encoded("br", JSON_TYPE), body: json },
  {
    name: "an encoding that nobody knows, elsewhere",
    path: "/nowhere",
    headers: encoded("br"),
    body: protobuf,
    differs: PATH_FIRST,
  },
  { name: "two encodings", headers: encoded("gzip, gzip"), body: gzipSync(gzipSync(protobuf)) },
  { name: "identity", headers: encoded("identity"), body: protobuf, differs: IDENTITY },

  { name: "text", headers: as("text/plain"), body: json },
  { name: "text in an unknown encoding", headers: encoded("br", "text/plain"), body: json, differs: TYPE_FIRST },
  { name: "no type", body: protobuf },
  { name: "no type that can be read", headers: as("; x"), body: protobuf },
  { name: "form", headers: as("application/x-www-form-urlencoded"), body: "a=b" },
  { name: "application/protobuf", headers: as("application/protobuf"), body: protobuf },

  { name: "GET", method: "GET" },
  { name: "GET of JSON", method: "GET", headers: as(JSON_TYPE) },
  { name: "PUT", method: "PUT", headers: as(PROTOBUF), body: protobuf },
  { name: "OPTIONS", method: "OPTIONS" },
  { name: "DELETE", method: "DELETE" },
  { name: "HEAD", method: "HEAD" },
  { name: "another path", path: "/v1/trace", headers: as(PROTOBUF), body: protobuf },
  { name: "a slash more", path: "/v1/traces/", headers: as(PROTOBUF), body: protobuf },
  { name: "no path", path: "/", headers: as(JSON_TYPE), body: json },
  { name: "GET of another path", path: "/v2/traces", method: "GET" },
  {
    name: "a path that is to be cleaned",
    path: "/v1/./traces",
    headers: as(PROTOBUF),
    body: protobuf,
    differs: NO_REDIRECT,
  },

  { name: "a body that is too large", headers: as(PROTOBUF), body: large, differs: TOO_LARGE },
  { name: "JSON that is too large", headers: as(JSON_TYPE), body: traces(400), differs: TOO_LARGE },
  { name: "gzip of what is too large", headers: encoded("gzip"), body: gzipSync(large), differs: TOO_LARGE },

  ...DESTINATIONS.slice(1).flatMap((to): Case[] => {
    const differs = to === "limited" || RETRIED.includes(to) ? RETRYABLE : PERMANENT;
    return [
      { name: `a destination: ${to}`, to, headers: as(PROTOBUF), body: protobuf, differs, ownWords: true },
      { name: `a destination: ${to}, of JSON`, to, headers: as(JSON_TYPE), body: json, differs, ownWords: true },
    ];
  }),
];

function corrupted(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy.readUInt8(copy.length - 6) + 1) & 0xff, copy.length - 6);
  return copy;
}

const { defer, temporaryFolder } = cleanup();

/** `side/destination` → address. */
const receivers = new Map<string, string>();
/** Ours reads HTTP with a reader of its own, or with `node:http`. */
const OURS = ["plain", "node"] as const;
const SIDES = ["stock", ...OURS] as const;
type Side = (typeof SIDES)[number];

function configOf(sides: readonly Side[], sink: AnsweringSink, metricsPort: number): string {
  const all = sides.flatMap((side) => DESTINATIONS.map((to) => ({ side, to, id: `${side}_${to}` })));
  const each = (entry: (one: (typeof all)[number]) => [string, object]): object => Object.fromEntries(all.map(entry));
  const prometheus = { host: "127.0.0.1", port: metricsPort };
  return JSON.stringify({
    receivers: each(({ side, to, id }) => [
      `otlp/${id}`,
      {
        protocols: {
          http: {
            endpoint: receivers.get(`${side}/${to}`),
            max_request_body_size: MAX_BODY_BYTES,
            ...(side === "node" ? { http_reader: "node" } : {}),
          },
        },
      },
    ]),
    processors: { memory_limiter: { check_interval: "10ms", limit_mib: 1, spike_limit_mib: 0 } },
    exporters: each(({ to, id }) => [
      `otlp_http/${id}`,
      {
        endpoint: `${sink.url}/${to === "limited" ? "ok" : to}`,
        compression: "none",
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      },
    ]),
    service: {
      telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus } } }] } },
      pipelines: Object.fromEntries(
        all.flatMap(({ to, id }) =>
          ["traces", "metrics", "logs"].map((signal) => [
            `${signal}/${id}`,
            {
              receivers: [`otlp/${id}`],
              processors: to === "limited" ? ["memory_limiter"] : [],
              exporters: [`otlp_http/${id}`],
            },
          ]),
        ),
      ),
    },
  });
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  const sink = await startAnsweringSink();
  defer(() => sink.close());
  const ports = await freePorts(SIDES.length * DESTINATIONS.length + 2);
  const next = (): number => ports.pop() as number;
  for (const side of SIDES) for (const to of DESTINATIONS) receivers.set(`${side}/${to}`, `127.0.0.1:${next()}`);
  const stock = await startOtelcol(folder, "stock", configOf(["stock"], sink, next()));
  defer(() => stock.stop());
  const file = join(folder, "ours.yaml");
  await writeFile(file, configOf(OURS, sink, next()));
  const ours = venturi(["collector", "--config", file]);
  defer(() => ours.stop());
  await ours.waitForOutput(/Everything is ready/);
}, 60_000);

async function ask(side: Side, one: Case): Promise<Answer> {
  const [host, port] = (receivers.get(`${side}/${one.to ?? "ok"}`) as string).split(":");
  const { method = "POST", path = "/v1/traces", headers = {}, body = "" } = one;
  const answered = await new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>(
    (resolve, reject) => {
      const request = httpRequest({ host, port, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      request.on("error", reject);
      request.end(body);
    },
  );
  const type = answered.headers["content-type"];
  const base = { status: answered.status, type, retryAfter: answered.headers["retry-after"] };
  if (answered.status === 200) return { ...base, body: answered.body.toString("hex") };
  if (type === JSON_TYPE) {
    const { code, message, ...rest } = JSON.parse(answered.body.toString()) as Answer & { details?: unknown };
    expect(rest).toEqual({});
    return { ...base, ...(code === undefined ? {} : { code }), ...(message === undefined ? {} : { message }) };
  }
  if (type === PROTOBUF) return { ...base, ...decodeStatus(answered.body) };
  return { ...base, body: answered.body.toString() };
}

/** A google.rpc.Status: code in field 1, message in field 2; both are short. */
function decodeStatus(bytes: Buffer): { code: number; message: string } {
  expect(bytes[0]).toBe(0x08);
  expect(bytes[2]).toBe(0x12);
  const isLong = (bytes[3] ?? 0) >= 0x80;
  return { code: bytes[1] as number, message: bytes.subarray(isLong ? 5 : 4).toString() };
}

describe.each(OURS)("%s: the same as the stock collector", (side) => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const [stock, ours] = await Promise.all([ask("stock", one), ask(side, one)]);
    const expected = { ...stock, ...one.differs?.ours };
    if (one.differs !== undefined) expect(ours).not.toEqual(stock);
    if (one.ownWords) {
      expect(ours.message).toMatch(/\w/);
      expect({ ...ours, message: "" }).toEqual({ ...expected, message: "" });
    } else expect(ours).toEqual(expected);
  });
});
