import { randomInt } from "node:crypto";
import { Cursor, LEN, type Signal, VARINT } from "@venturi/otlp";
import { anyValueText } from "../../records/any-value-text.js";
import { AttributeRanges } from "../../records/attribute-ranges.js";
import type { ResourceHeader, ScopeHeader } from "../../records/scope-header.js";
import type { RoutingKey } from "./config.js";
import { crc32 } from "./crc32.js";
import { NO_KEY, Splitter } from "./splitter.js";

const ID_BYTES = 16;
/** Fields of a Span and of a LogRecord. */
const FIELDS = {
  traces: { traceId: 1, attributes: 9, name: 5, kind: 6, severity: 0, body: 0 },
  logs: { traceId: 9, attributes: 6, name: 0, kind: 0, severity: 3, body: 5 },
} as const;
const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];

/** Routes spans and log records. */
export class ItemSplitter extends Splitter {
  private readonly key: RoutingKey;
  private readonly fields: (typeof FIELDS)["traces" | "logs"];
  private readonly names: readonly string[];
  private readonly ofResource: AttributeRanges;
  private readonly ofScope: AttributeRanges;
  private readonly ofItem: AttributeRanges;
  private readonly cursor = new Cursor();
  private header: ResourceHeader | undefined;
  private resourceKey = 0;

  constructor(signal: Signal, key: RoutingKey, attributes: readonly string[]) {
    super(signal);
    this.key = key;
    this.fields = FIELDS[signal === "logs" ? "logs" : "traces"];
    this.names = key === "service" ? ["service.name"] : attributes;
    this.ofResource = new AttributeRanges(this.names);
    this.ofScope = new AttributeRanges(this.names);
    this.ofItem = new AttributeRanges(this.names);
  }

  resource(header: ResourceHeader): void {
    this.header = header;
    if (this.key === "traceID") return;
    this.ofResource.noteAll(header.bytes, header.resourceStart, header.resourceEnd, 1);
    if (this.key === "resource") this.resourceKey = crc32(header.bytes, header.resourceStart, header.resourceEnd);
    else if (this.key === "service") this.resourceKey = serviceKey(header, this.ofResource);
  }

  override scope(header: ScopeHeader): void {
    super.scope(header);
    if (this.key !== "attributes") return;
    this.ofScope.clear();
    const { fields } = header;
    const scope = new Cursor(fields);
    while (scope.next()) {
      const isScope = scope.field === 1 && scope.wireType === LEN;
      scope.skip();
      if (isScope) this.ofScope.noteAll(fields, scope.valueStart, scope.valueEnd, 3);
    }
  }

  record(bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    this.give(this.keyOf(bytes, start, end), recordStart, end, 1);
  }

  private keyOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.key === "traceID") return this.traceKey(bytes, start, end);
    return this.key === "attributes" ? this.attributesKey(bytes, start, end) : this.resourceKey;
  }

  private traceKey(bytes: Uint8Array, start: number, end: number): number {
    const { cursor, fields } = this;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const isId = cursor.field === fields.traceId && cursor.wireType === LEN;
      cursor.skip();
      if (isId && cursor.valueEnd - cursor.valueStart === ID_BYTES)
        return crc32(bytes, cursor.valueStart, cursor.valueEnd);
    }
    // A log need not belong to a trace: any backend will do. Spans without one are one trace.
    return this.signal === "logs" ? randomInt(2 ** 32 - 1) : crc32(NO_ID);
  }

  /** The values of the attributes one behind the other; each of the first of resource, scope and item that has it. */
  private attributesKey(bytes: Uint8Array, start: number, end: number): number {
    const { ofItem, ofResource, ofScope, header } = this;
    const item = this.readItem(bytes, start, end);
    let text = "";
    this.names.forEach((name, slot) => {
      text +=
        textOf(ofResource, slot, header?.bytes) ??
        textOf(ofScope, slot, this.at?.fields) ??
        textOf(ofItem, slot, bytes) ??
        item[name] ??
        "";
    });
    return crc32(Buffer.from(text, "utf8"));
  }

  /** Notes the attributes and answers what is no attribute and can be named like one. */
  private readItem(bytes: Uint8Array, start: number, end: number): Record<string, string> {
    const { cursor, fields, ofItem } = this;
    const pseudo: Record<string, string> = {};
    ofItem.clear();
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      if (wireType === VARINT && field === fields.kind && field !== 0) {
        pseudo["span.kind"] = KINDS[cursor.uint32()] ?? "";
        continue;
      }
      cursor.skip();
      if (wireType !== LEN) continue;
      const { valueStart, valueEnd } = cursor;
      if (field === fields.attributes) ofItem.note(bytes, valueStart, valueEnd);
      else if (field === fields.name)
        pseudo["span.name"] = Buffer.from(bytes.subarray(valueStart, valueEnd)).toString();
      else if (field === fields.severity)
        pseudo["log.severity"] = Buffer.from(bytes.subarray(valueStart, valueEnd)).toString();
      else if (field === fields.body) pseudo["log.body"] = anyValueText(bytes, valueStart, valueEnd);
    }
    return pseudo;
  }
}

const NO_ID = new Uint8Array(ID_BYTES);

/** The key of a resource by its `service.name`; `NO_KEY` without one. */
export function serviceKey(header: ResourceHeader, attributes: AttributeRanges): number {
  const text = textOf(attributes, 0, header.bytes);
  return text === undefined ? NO_KEY : crc32(Buffer.from(text, "utf8"));
}

function textOf(attributes: AttributeRanges, slot: number, bytes: Uint8Array | undefined): string | undefined {
  const start = attributes.starts[slot] as number;
  return start < 0 || bytes === undefined ? undefined : anyValueText(bytes, start, attributes.ends[slot] as number);
}
