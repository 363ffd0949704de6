import { canonicalIp } from "./ip-address.js";
import { MalformedZipkinError, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from "./model.js";

/**
 * Reads a zipkin v2 list of spans: https://zipkin.io/zipkin-api/. A missing optional field and a null mean the same.
 * @throws MalformedZipkinError that names the span and the field.
 */
export function parseSpans(body: Buffer): ZipkinSpan[] {
  let list: unknown;
  try {
    list = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new MalformedZipkinError(`cannot read zipkin JSON: ${(error as Error).message}`, { cause: error });
  }
  if (list === null) return [];
  if (!Array.isArray(list)) throw new MalformedZipkinError("cannot read zipkin JSON: expected a list of spans");
  const spans: ZipkinSpan[] = [];
  list.forEach((item: unknown, index) => {
    if (item !== null) spans.push(parseSpan(fieldsOf(item, `[${index}]`), `[${index}]`));
  });
  return spans;
}

type Fields = Readonly<Record<string, unknown>>;

function parseSpan(fields: Fields, at: string): ZipkinSpan {
  const id = hexId(fields.id, 16, `${at}.id`);
  if (id === "" || id === NO_ID) throw new MalformedZipkinError(`${at}.id: a span id other than zero is required`);
  if (fields.traceId === "") throw new MalformedZipkinError(`${at}.traceId: a trace id is required`);
  return {
    traceId: hexId(fields.traceId, 32, `${at}.traceId`) || NO_TRACE_ID,
    id,
    parentId: hexId(fields.parentId, 16, `${at}.parentId`),
    name: text(fields.name, `${at}.name`),
    kind: text(fields.kind, `${at}.kind`),
    timestampUs: integer(fields.timestamp, Number.MAX_SAFE_INTEGER, `${at}.timestamp`),
    durationUs: integer(fields.duration, Number.MAX_SAFE_INTEGER, `${at}.duration`),
    localEndpoint: parseEndpoint(fields.localEndpoint, `${at}.localEndpoint`),
    remoteEndpoint: parseEndpoint(fields.remoteEndpoint, `${at}.remoteEndpoint`),
    annotations: parseAnnotations(fields.annotations, `${at}.annotations`),
    tags: parseTags(fields.tags, `${at}.tags`),
  };
}

const NO_ID = "0".repeat(16);
const NO_TRACE_ID = "0".repeat(32);

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MalformedZipkinError(`${at}: expected an object, got ${describe(value)}`);
}

function parseEndpoint(value: unknown, at: string): ZipkinEndpoint | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = fieldsOf(value, at);
  const endpoint = {
    serviceName: text(fields.serviceName, `${at}.serviceName`),
    ipv4: address(fields.ipv4, `${at}.ipv4`),
    ipv6: address(fields.ipv6, `${at}.ipv6`),
    port: integer(fields.port, 65_535, `${at}.port`),
  };
  const empty = endpoint.serviceName === "" && endpoint.ipv4 === "" && endpoint.ipv6 === "" && endpoint.port === 0;
  return empty ? undefined : endpoint;
}

function parseAnnotations(value: unknown, at: string): ZipkinAnnotation[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedZipkinError(`${at}: expected a list, got ${describe(value)}`);
  return value.map((item: unknown, index) => {
    const fields = fieldsOf(item, `${at}[${index}]`);
    const timestampUs = integer(fields.timestamp, Number.MAX_SAFE_INTEGER, `${at}[${index}].timestamp`);
    if (timestampUs === 0) throw new MalformedZipkinError(`${at}[${index}].timestamp: a time is required`);
    return { timestampUs, value: text(fields.value, `${at}[${index}].value`) };
  });
}

function parseTags(value: unknown, at: string): Map<string, string> {
  const tags = new Map<string, string>();
  if (value === undefined || value === null) return tags;
  for (const [key, tag] of Object.entries(fieldsOf(value, at))) tags.set(key, text(tag, `${at}.${key}`));
  return tags;
}

function text(value: unknown, at: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new MalformedZipkinError(`${at}: expected a string, got ${describe(value)}`);
}

function integer(value: unknown, maximum: number, at: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maximum) return value;
  throw new MalformedZipkinError(`${at}: expected an integer of 0 to ${maximum}, got ${describe(value)}`);
}

function address(value: unknown, at: string): string {
  const written = text(value, at);
  if (written === "") return "";
  const canonical = canonicalIp(written);
  if (canonical === undefined) throw new MalformedZipkinError(`${at}: ${describe(written)} is no IP address`);
  return canonical;
}

const HEX = /^[0-9a-fA-F]+$/;

/** Up to `digits` hex digits, filled with zeros in front; empty when missing. */
function hexId(value: unknown, digits: number, at: string): string {
  const written = text(value, at);
  if (written === "") return "";
  const significant = HEX.test(written) ? written.replace(/^0+/, "") : undefined;
  if (significant === undefined || significant.length > digits) {
    throw new MalformedZipkinError(`${at}: expected up to ${digits} hex digits, got ${describe(written)}`);
  }
  return significant.toLowerCase().padStart(digits, "0");
}

const SHOWN_CHARACTERS = 40;

/** What stands there, short enough for a message. Lists and objects can be nested deeper than a stack: not looked into. */
function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const json = JSON.stringify(value) ?? String(value);
  return json.length > SHOWN_CHARACTERS ? `${json.slice(0, SHOWN_CHARACTERS)}…` : json;
}
