import { Cursor, LEN } from "@venturi/otlp";
import { AttributeRanges } from "../../records/attribute-ranges.js";
import { copyFields } from "../../records/edit-message.js";
import type { ResourceHeader, ScopeHeader } from "../../records/scope-header.js";
import type { RoutingKey } from "./config.js";
import { crc32 } from "./crc32.js";
import { serviceKey } from "./item-splitter.js";
import { Splitter } from "./splitter.js";

const NAME = 1;
const UNIT = 3;
const POINTS = 1;
/** The kinds of a Metric, each a message with its points in field 1. */
const KINDS: ReadonlySet<number> = new Set([5, 7, 9, 10, 11]);
/** The attributes of a point: all kinds but the histograms have them in field 7. */
const ATTRIBUTES: Readonly<Record<number, number>> = { 5: 7, 7: 7, 9: 9, 10: 1, 11: 7 };

/** Routes metrics: whole ones, or (`streamID`) point by point. */
export class MetricSplitter extends Splitter {
  private readonly key: RoutingKey;
  private readonly serviceName = new AttributeRanges(["service.name"]);
  private readonly cursor = new Cursor();
  private readonly points = new Cursor();
  private readonly point = new Cursor();
  private resourceKey = 0;
  /** Owners of the points of the current metric, in order. */
  private readonly owners: number[] = [];
  private readonly crcs: number[] = [];

  constructor(key: RoutingKey) {
    super("metrics");
    this.key = key;
  }

  resource(header: ResourceHeader): void {
    const { bytes, resourceStart, resourceEnd } = header;
    this.serviceName.noteAll(bytes, resourceStart, resourceEnd, 1);
    this.resourceKey =
      this.key === "service" ? serviceKey(header, this.serviceName) : crc32(bytes, resourceStart, resourceEnd);
  }

  record(bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    this.readMetric(bytes, start, end);
    const items = this.owners.length;
    if (items === 0) return;
    const isOne = this.key !== "streamID" || items < 2 || this.owners.every((owner) => owner === this.owners[0]);
    if (isOne) this.give(this.crcs[0] as number, recordStart, end, items);
    else for (const owner of new Set(this.owners)) this.writePart(owner, bytes, start, end);
  }

  /** Fills `owners` and `crcs` with an entry for each point. */
  private readMetric(bytes: Uint8Array, start: number, end: number): void {
    const { cursor } = this;
    this.owners.length = this.crcs.length = 0;
    let metricKey = this.resourceKey;
    if (this.key === "metric" || this.key === "streamID") {
      metricKey = this.key === "metric" ? 0 : crc32(this.at?.fields ?? EMPTY, 0, undefined, this.resourceKey);
      cursor.reset(bytes, start, end);
      while (cursor.next()) {
        const isPart =
          cursor.wireType === LEN && (cursor.field === NAME || (cursor.field === UNIT && this.key !== "metric"));
        cursor.skip();
        if (isPart) metricKey = crc32(bytes, cursor.valueStart, cursor.valueEnd, metricKey);
      }
    }
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      cursor.skip();
      if (wireType === LEN && KINDS.has(field))
        this.readPoints(bytes, cursor.valueStart, cursor.valueEnd, field, metricKey);
    }
  }

  private readPoints(bytes: Uint8Array, start: number, end: number, kind: number, metricKey: number): void {
    const { points } = this;
    points.reset(bytes, start, end);
    while (points.next()) {
      const isPoint = points.field === POINTS && points.wireType === LEN;
      points.skip();
      if (!isPoint) continue;
      const crc =
        this.key === "streamID"
          ? this.streamKey(bytes, points.valueStart, points.valueEnd, kind, metricKey)
          : metricKey;
      this.crcs.push(crc);
      this.owners.push(this.ownerOf(crc));
    }
  }

  /** Attributes are a set: their sums are added, so that their order does not count. */
  private streamKey(bytes: Uint8Array, start: number, end: number, kind: number, metricKey: number): number {
    const { point } = this;
    let sum = 0;
    point.reset(bytes, start, end);
    while (point.next()) {
      const isAttribute = point.field === ATTRIBUTES[kind] && point.wireType === LEN;
      point.skip();
      if (isAttribute) sum = (sum + crc32(bytes, point.valueStart, point.valueEnd)) >>> 0;
    }
    // The sum is mixed with the metric by one more round.
    const word = new Uint8Array([sum >>> 24, sum >>> 16, sum >>> 8, sum]);
    return crc32(word, 0, 4, metricKey);
  }

  /** Writes the metric with the points of one backend. */
  private writePart(owner: number, bytes: Uint8Array, start: number, end: number): void {
    const first = this.owners.indexOf(owner);
    const items = this.owners.filter((one) => one === owner).length;
    const group = this.groupOf(this.crcs[first] as number, items);
    if (group === undefined) return;
    group.openRecord(this.at as ScopeHeader);
    const writer = group.openedRecord;
    const isKind = (cursor: Cursor): boolean => cursor.wireType === LEN && KINDS.has(cursor.field);
    copyFields(writer, bytes, start, end, isKind);
    let next = 0;
    const kinds = new Cursor(bytes, start, end);
    while (kinds.next()) {
      kinds.skip();
      if (!isKind(kinds)) continue;
      const kind = writer.open(kinds.field);
      copyFields(writer, bytes, kinds.valueStart, kinds.valueEnd, (point) => {
        if (point.field !== POINTS || point.wireType !== LEN) return false;
        return this.owners[next++] !== owner;
      });
      writer.close(kind);
    }
    group.closeRecord(items);
  }
}

const EMPTY = new Uint8Array(0);
