import { correctClockSkew } from "./clock-skew.js";
import type { JaegerReference, JaegerSpan, JaegerTag } from "./jaeger-model.js";
import { shownTraceId } from "./jaeger-parameters.js";
import { makeSpanIdsUnique } from "./unique-span-ids.js";

const noId = "0".repeat(16);

/**
 * What Jaeger's query service does to a trace before it shows it: unique ids, tags in order, repeated spans once, clocks
 * corrected, addresses readable, names of telemetry libraries with the process, broken references gone, the parent first.
 * @param maxSkewNs largest correction of a clock; 0 for none
 */
export function adjustTrace(spans: readonly JaegerSpan[], maxSkewNs: bigint): JaegerSpan[] {
  makeSpanIdsUnique(spans.map(sharedId));
  for (const span of spans) sortTags(span);
  const distinct = withoutRepeated(spans);
  correctClockSkew(
    distinct.map(skewed),
    maxSkewNs,
    (parentId) => `invalid parent span IDs=${parentId}; skipping clock skew adjustment`,
  );
  for (const span of distinct) {
    span.tags = span.tags.map(readableAddress);
    span.process.tags = span.process.tags.map(readableAddress);
    moveLibraryTags(span);
    removeBrokenReferences(span);
    parentFirst(span);
  }
  return distinct;
}

function sharedId(span: JaegerSpan): Parameters<typeof makeSpanIdsUnique>[0][number] {
  const kind = span.tags.find((tag) => tag.key === "span.kind")?.value;
  return {
    get id() {
      return span.spanId;
    },
    get parentId() {
      return parentIdOf(span);
    },
    isClient: kind === "client",
    isServer: kind === "server",
    setId: (id) => {
      span.spanId = id;
    },
    setParentId: (id) => setParentId(span, id),
  };
}

/** The parent's id: of the first reference within the trace, those of children before others; empty for none. */
export function parentIdOf(span: JaegerSpan): string {
  const own = span.references.filter((reference) => reference.traceId === span.traceId);
  const parent = own.find((reference) => reference.refType === "CHILD_OF") ?? own[0];
  return parent === undefined || parent.spanId === noId ? "" : parent.spanId;
}

function setParentId(span: JaegerSpan, id: string): void {
  const before = parentIdOf(span) || noId;
  const reference = span.references.find((one) => one.traceId === span.traceId && one.spanId === before);
  if (reference !== undefined) reference.spanId = id;
  else span.references.unshift({ refType: "CHILD_OF", traceId: span.traceId, spanId: id });
}

function skewed(span: JaegerSpan): Parameters<typeof correctClockSkew>[0][number] {
  return {
    id: span.spanId,
    parentId: parentIdOf(span),
    durationNs: span.durationNs,
    host: hostOf(span),
    get startNs() {
      return span.startNs;
    },
    warn: (text) => span.warnings.push(text),
    shift: (deltaNs) => {
      span.startNs += deltaNs;
      for (const log of span.logs) log.timeNs += deltaNs;
    },
  };
}

function hostOf(span: JaegerSpan): string {
  const ip = span.process.tags.find((tag) => tag.key === "ip");
  if (ip?.type === "string") return String(ip.value);
  return ip?.type === "int64" ? address(BigInt(ip.value)) : "";
}

const typeOrder = ["string", "bool", "int64", "float64", "binary"];

/** By key, then type, then value. */
export function compareTags(a: JaegerTag, b: JaegerTag): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  if (a.type !== b.type) return typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type);
  return a.value === b.value ? 0 : a.value < b.value ? -1 : 1;
}

function sortTags(span: JaegerSpan): void {
  span.tags.sort(compareTags);
  span.process.tags.sort(compareTags);
  for (const log of span.logs) {
    const event = log.fields.findIndex((field) => field.key === "event" && field.type === "string");
    const first = event < 0 ? [] : log.fields.splice(event, 1);
    log.fields = [...first, ...log.fields.sort(compareTags)];
  }
}

/** At-least-once delivery repeats spans; identical ones are shown once. */
function withoutRepeated(spans: readonly JaegerSpan[]): JaegerSpan[] {
  const byId = new Map<string, JaegerSpan[]>();
  return spans.filter((span) => {
    const others = byId.get(span.spanId);
    if (others === undefined) byId.set(span.spanId, [span]);
    else if (others.some((other) => contentOf(other) === contentOf(span))) return false;
    else others.push(span);
    return true;
  });
}

function contentOf(span: JaegerSpan): string {
  return JSON.stringify(span, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** Old clients send IPv4 addresses as numbers. */
function readableAddress(tag: JaegerTag): JaegerTag {
  if (tag.key !== "ip" && tag.key !== "peer.ipv4") return tag;
  if (tag.type === "int64") return { key: tag.key, type: "string", value: address(BigInt(tag.value)) };
  if (tag.type !== "float64" || typeof tag.value !== "number") return tag;
  return { key: tag.key, type: "string", value: address(BigInt(Math.trunc(tag.value))) };
}

/** The low 32 bits as an IPv4 address. */
export function address(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".");
}

/** Attributes that name the library of telemetry, not the work. */
export const libraryKeys: ReadonlySet<string> = new Set([
  "telemetry.sdk.language",
  "telemetry.sdk.name",
  "telemetry.sdk.version",
  "telemetry.distro.name",
  "telemetry.distro.version",
]);

function moveLibraryTags(span: JaegerSpan): void {
  const moved = span.tags.filter((tag) => libraryKeys.has(tag.key));
  if (moved.length === 0) return;
  span.tags = span.tags.filter((tag) => !libraryKeys.has(tag.key));
  span.process = { ...span.process, tags: [...span.process.tags, ...moved].sort(compareTags) };
}

function removeBrokenReferences(span: JaegerSpan): void {
  const isBroken = (reference: JaegerReference): boolean => /^0+$/.test(reference.traceId);
  for (const { traceId, spanId, refType } of span.references.filter(isBroken)) {
    const text = `{TraceID:${shownTraceId(traceId)} SpanID:${spanId} RefType:${refType}`;
    span.warnings.push(
      `Invalid span reference removed ${text} XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0}`,
    );
  }
  span.references = span.references.filter((reference) => !isBroken(reference));
}

/** Jaeger's pages take the first reference for the parent. */
function parentFirst(span: JaegerSpan): void {
  const own = span.references.filter((reference) => reference.traceId === span.traceId);
  const parent = own.find((reference) => reference.refType === "CHILD_OF") ?? own[0];
  const first = span.references[0];
  if (parent === undefined || first === undefined || parent === first) return;
  const at = span.references.indexOf(parent);
  span.references[0] = parent;
  span.references[at] = first;
}
