import type { Writer } from "@venturi/otlp";
import { parseTag, type TagValue, writeAttribute } from "./attributes.js";
import type { ZipkinAnnotation, ZipkinSpan } from "./model.js";
import { unpackText } from "./packed-text.js";
import { NOT_OF_SPANS } from "./resource-tags.js";

/** Numbers of the fields of OTLP's Span. */
const FIELD = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  startTime: 7,
  endTime: 8,
  attributes: 9,
  events: 11,
  links: 13,
  status: 15,
} as const;

const KINDS: ReadonlyMap<string, number> = new Map([
  ["SERVER", 2],
  ["CLIENT", 3],
  ["PRODUCER", 4],
  ["CONSUMER", 5],
]);
const INTERNAL = 1;
/** Zipkin has no such kind, so exporters say it in a tag. */
const KIND_TAG = "span.kind";
const TRACE_STATE_TAG = "w3c.tracestate";
/** Set on a span whose client gave no time: its start would otherwise read as 1970. */
const NO_START_TIME = "otel.zipkin.absentField.startTime";
const ZERO_ID = /^0+$/;

/** Writes a span as one entry of ScopeSpans. Takes the tags out that mean something else than an attribute. */
export function writeSpan(writer: Writer, span: ZipkinSpan, parseStringTags: boolean): void {
  const { tags } = span;
  const start = writer.open(2);
  if (!ZERO_ID.test(span.traceId)) writer.bytesField(FIELD.traceId, Buffer.from(span.traceId, "hex"));
  writer.bytesField(FIELD.spanId, Buffer.from(span.id, "hex"));
  const traceState = take(tags, TRACE_STATE_TAG);
  if (traceState) writer.stringField(FIELD.traceState, traceState);
  if (span.parentId !== "" && span.parentId !== span.id && !ZERO_ID.test(span.parentId)) {
    writer.bytesField(FIELD.parentSpanId, Buffer.from(span.parentId, "hex"));
  }
  if (span.name !== "") writer.stringField(FIELD.name, span.name);
  const kind = KINDS.get(span.kind) ?? (take(tags, KIND_TAG) === "internal" ? INTERNAL : 0);
  if (kind !== 0) writer.uint32Field(FIELD.kind, kind);
  const startNano = BigInt(span.timestampUs) * 1000n;
  if (startNano > 0n) writer.fixed64Field(FIELD.startTime, startNano);
  const endNano = startNano + BigInt(span.durationUs) * 1000n;
  if (endNano > 0n) writer.fixed64Field(FIELD.endTime, endNano);
  writeStatus(writer, tags);
  writeLinks(writer, tags);
  for (const [key, value] of attributesOf(span, parseStringTags)) {
    writeAttribute(writer, FIELD.attributes, key, value);
  }
  for (const annotation of span.annotations) writeEvent(writer, annotation);
  writer.close(start);
}

function take(tags: Map<string, string>, name: string): string | undefined {
  const value = tags.get(name);
  if (value !== undefined) tags.delete(name);
  return value;
}

const STATUS_CODES: ReadonlyMap<string, number> = new Map([
  ["STATUS_CODE_OK", 1],
  ["Ok", 1],
  ["STATUS_CODE_ERROR", 2],
  ["Error", 2],
]);

function writeStatus(writer: Writer, tags: Map<string, string>): void {
  let code = 0;
  let message: string | undefined;
  const named = take(tags, "otel.status_code");
  if (named !== undefined) {
    code = STATUS_CODES.get(named) ?? 0;
    message = take(tags, "otel.status_description");
  }
  const error = tags.get("error");
  if (error !== undefined) code = 2;
  // Any other text says what went wrong, and stays.
  if (error === "true") tags.delete("error");
  const start = writer.open(FIELD.status);
  if (message) writer.stringField(2, message);
  if (code !== 0) writer.uint32Field(3, code);
  writer.close(start);
}

const MAX_LINKS = 128;

/** `otlp.link.0`, `otlp.link.1`, …: `traceId|spanId|traceState|attributes|dropped`. */
function writeLinks(writer: Writer, tags: Map<string, string>): void {
  for (let index = 0; index < MAX_LINKS; index++) {
    const text = tags.get(`otlp.link.${index}`);
    if (text === undefined) return;
    const packed = unpackText(text, 3);
    const [traceId, spanId, traceState] = packed?.head ?? [];
    // What is no link stays an attribute: nothing is lost, and one odd tag does not refuse the whole request.
    if (packed === undefined || !isId(traceId, 32) || !isId(spanId, 16)) continue;
    tags.delete(`otlp.link.${index}`);
    const start = writer.open(FIELD.links);
    if (traceId !== "") writer.bytesField(1, Buffer.from(traceId, "hex"));
    if (spanId !== "") writer.bytesField(2, Buffer.from(spanId, "hex"));
    if (traceState) writer.stringField(3, traceState);
    for (const [key, value] of packed.attributes) writeAttribute(writer, 4, key, value);
    if (packed.droppedAttributes > 0) writer.uint32Field(5, packed.droppedAttributes);
    writer.close(start);
  }
}

function isId(text: string | undefined, digits: number): text is string {
  return text === "" || (text?.length === digits && /^[0-9a-fA-F]+$/.test(text));
}

function writeEvent(writer: Writer, { timestampUs, value }: ZipkinAnnotation): void {
  const packed = unpackText(value, 1);
  const start = writer.open(FIELD.events);
  writer.fixed64Field(1, BigInt(timestampUs) * 1000n);
  const name = packed?.head[0] ?? value;
  if (name !== "") writer.stringField(2, name);
  for (const [key, inner] of packed?.attributes ?? []) writeAttribute(writer, 3, key, inner);
  if (packed !== undefined && packed.droppedAttributes > 0) writer.uint32Field(4, packed.droppedAttributes);
  writer.close(start);
}

function attributesOf(span: ZipkinSpan, parseStringTags: boolean): Map<string, TagValue> {
  const attributes = new Map<string, TagValue>();
  for (const [key, text] of span.tags) {
    if (!NOT_OF_SPANS.has(key)) attributes.set(key, parseStringTags ? parseTag(text) : text);
  }
  const { localEndpoint: local, remoteEndpoint: remote } = span;
  // An endpoint with both addresses is known by the newer one.
  const localIp = local?.ipv6 || local?.ipv4;
  if (localIp) attributes.set("network.local.address", localIp);
  if (local !== undefined && local.port > 0) attributes.set("net.host.port", BigInt(local.port));
  if (remote !== undefined && remote.serviceName !== "") attributes.set("service.peer.name", remote.serviceName);
  const remoteIp = remote?.ipv6 || remote?.ipv4;
  if (remoteIp) attributes.set("network.peer.address", remoteIp);
  if (remote !== undefined && remote.port > 0) attributes.set("net.peer.port", BigInt(remote.port));
  if (span.timestampUs === 0) attributes.set(NO_START_TIME, true);
  return attributes;
}
