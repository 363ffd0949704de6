import type { Batch } from "../model/batch.js";
import { decodeKeyValues } from "../views/any-value.js";
import { Cursor, LEN, VARINT } from "../wire/cursor.js";
import { decodeName } from "../wire/interned.js";
import { decodeUtf8 } from "../wire/utf8.js";
import type { PointKind } from "./point-scan.js";

/** A range of bytes; empty where the sender left the message out. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export type MetricKind = "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary" | "empty";

/** What a metric says about all its points. */
export interface MetricHead {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: MetricKind;
  /** 0 unspecified, 1 delta, 2 cumulative. */
  readonly temporality: number;
  readonly monotonic: boolean;
  /** `prometheus.type` of the metric's metadata: how a scraper tells types that OTLP lacks. */
  readonly prometheusType: string;
  readonly pointCount: number;
}

export interface PointVisitor {
  enterResource(resource: ByteRange): void;
  /** Called after `enterResource`; `schemaUrl` is the scope's. */
  enterScope(scope: ByteRange, schemaUrl: string): void;
  /** Answers whether the metric's points are wanted. */
  enterMetric(metric: MetricHead): boolean;
  point(kind: PointKind, bytes: Uint8Array, start: number, end: number): void;
  leaveResource(): void;
}

/** Field numbers of the kinds of data in a Metric message. */
const KINDS: Readonly<Record<number, MetricKind>> = {
  5: "gauge",
  7: "sum",
  9: "histogram",
  10: "exponentialHistogram",
  11: "summary",
};
const METADATA = 12;

/** Walks the data points of a metrics batch; a visitor gets the range of each and decodes what it wants. */
export function walkPoints(batch: Batch, visitor: PointVisitor): void {
  if (batch.signal !== "metrics") throw new TypeError(`cannot read metrics of a ${batch.signal} batch`);
  for (const bytes of batch.slices) {
    const requests = new Cursor(bytes);
    while (requests.next()) {
      const isResource = requests.field === 1 && requests.wireType === LEN;
      requests.skip();
      if (isResource) walkResource(bytes, requests.valueStart, requests.valueEnd, visitor);
    }
  }
}

function walkResource(bytes: Uint8Array, start: number, end: number, visitor: PointVisitor): void {
  visitor.enterResource(readHeader(bytes, start, end));
  const scopes = new Cursor(bytes, start, end);
  while (scopes.next()) {
    const isScope = scopes.field === 2 && scopes.wireType === LEN;
    scopes.skip();
    if (isScope) walkScope(bytes, scopes.valueStart, scopes.valueEnd, visitor);
  }
  visitor.leaveResource();
}

function walkScope(bytes: Uint8Array, start: number, end: number, visitor: PointVisitor): void {
  const header = readHeader(bytes, start, end);
  visitor.enterScope(header, header.schemaUrl);
  const metrics = new Cursor(bytes, start, end);
  while (metrics.next()) {
    const isMetric = metrics.field === 2 && metrics.wireType === LEN;
    metrics.skip();
    if (isMetric) walkMetric(bytes, metrics.valueStart, metrics.valueEnd, visitor);
  }
}

/** Finds what describes the children: a pass of its own, since protobuf allows it to come after them. */
function readHeader(bytes: Uint8Array, start: number, end: number): ByteRange & { readonly schemaUrl: string } {
  const header = { bytes, start: 0, end: 0, schemaUrl: "" };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN) continue;
    if (field === 1) {
      header.start = cursor.valueStart;
      header.end = cursor.valueEnd;
    } else if (field === 3) header.schemaUrl = decodeUtf8(bytes, cursor.valueStart, cursor.valueEnd);
  }
  return header;
}

function walkMetric(bytes: Uint8Array, start: number, end: number, visitor: PointVisitor): void {
  let name = "";
  let unit = "";
  let description = "";
  let prometheusType = "";
  let kind: MetricKind = "empty";
  let dataStart = 0;
  let dataEnd = 0;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN) continue;
    const { valueStart, valueEnd } = cursor;
    if (field === 1) name = decodeName(bytes, valueStart, valueEnd);
    else if (field === 2) description = decodeName(bytes, valueStart, valueEnd);
    else if (field === 3) unit = decodeName(bytes, valueStart, valueEnd);
    else if (field === METADATA) prometheusType ||= typeOf(bytes, start, end);
    else if (KINDS[field] !== undefined) {
      kind = KINDS[field];
      dataStart = valueStart;
      dataEnd = valueEnd;
    }
  }
  const traits = readTraits(bytes, dataStart, dataEnd);
  if (!visitor.enterMetric({ name, unit, description, prometheusType, kind, ...traits }) || kind === "empty") return;
  const pointKind: PointKind = kind === "gauge" || kind === "sum" ? "number" : kind;
  cursor.reset(bytes, dataStart, dataEnd);
  while (cursor.next()) {
    const isPoint = cursor.field === 1 && cursor.wireType === LEN;
    cursor.skip();
    if (isPoint) visitor.point(pointKind, bytes, cursor.valueStart, cursor.valueEnd);
  }
}

function typeOf(bytes: Uint8Array, start: number, end: number): string {
  const type = decodeKeyValues(bytes, start, end, METADATA)["prometheus.type"];
  return typeof type === "string" ? type : "";
}

/** Temporality and monotonicity come after the points on the wire, and decide what the points mean. */
function readTraits(
  bytes: Uint8Array,
  start: number,
  end: number,
): { temporality: number; monotonic: boolean; pointCount: number } {
  const traits = { temporality: 0, monotonic: false, pointCount: 0 };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 2 && wireType === VARINT) traits.temporality = cursor.uint32();
    else if (field === 3 && wireType === VARINT) traits.monotonic = cursor.bool();
    else {
      cursor.skip();
      if (field === 1 && wireType === LEN) traits.pointCount++;
    }
  }
  return traits;
}
