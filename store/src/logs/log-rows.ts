import { type Batch, Cursor } from "@venturi/otlp";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import { walkRecords } from "../ingest/walk-records.js";
import type { AttributeJson } from "../spans/attribute-json.js";
import { JsonBytes, writeHex } from "../spans/json-bytes.js";
import type { Resource, Resources } from "../spans/resources.js";

/** Turns batches of logs into rows of the logs table. */
export class LogRows {
  readonly #json: AttributeJson;
  readonly #resources: Resources;
  readonly #stats: IngestStats;
  readonly #out = new JsonBytes();
  #pending!: PendingWrites;

  constructor(json: AttributeJson, resources: Resources, stats: IngestStats) {
    this.#json = json;
    this.#resources = resources;
    this.#stats = stats;
  }

  append(batch: Batch, pending: PendingWrites): void {
    this.#pending = pending;
    walkRecords(batch, this.#resources, pending, (bytes, start, end, resource, scope) => {
      this.#logRecord(bytes, start, end, resource, scope.name);
    });
  }

  #logRecord(bytes: Uint8Array, start: number, end: number, resource: Resource, scopeName: Uint8Array): void {
    const cursor = new Cursor(bytes, start, end);
    const out = this.#out;
    let timeNs = 0n;
    let observedNs = 0n;
    let severityNumber = 0;
    let severityText: string | null = null;
    let body: string | null = null;
    let traceId: Uint8Array | null = null;
    let spanId: Uint8Array | null = null;
    out.clear();
    out.byte(0x7b);
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          timeNs = cursor.fixed64();
          break;
        case 2:
          severityNumber = cursor.uint32();
          break;
        case 3:
          severityText = cursor.string();
          break;
        case 5:
          body = this.#body(cursor.subarray());
          break;
        case 6:
          cursor.lengthDelimited();
          this.#json.keyValue(out, bytes, cursor.valueStart, cursor.valueEnd, out.length === 1);
          break;
        case 9:
          traceId = hexOrNull(cursor.subarray());
          break;
        case 10:
          spanId = hexOrNull(cursor.subarray());
          break;
        case 11:
          observedNs = cursor.fixed64();
          break;
        default:
          cursor.skip();
      }
    }
    out.byte(0x7d);
    this.#stats.logRecords++;
    this.#pending.logs.push([
      BigInt.asIntN(64, timeNs === 0n ? observedNs : timeNs),
      traceId,
      spanId,
      resource.service,
      severityNumber,
      severityText,
      body,
      out.view(),
      resource.id,
      scopeName,
    ]);
  }

  /** A plain text body is kept as itself, so that SQL can search it; structured ones as JSON. */
  #body(value: Uint8Array): string {
    const json = new JsonBytes();
    this.#json.value(json, value, 0, value.length);
    const { textStart, textEnd } = this.#json;
    return textEnd < 0 ? json.toString() : Buffer.from(value.subarray(textStart, textEnd)).toString("utf8");
  }
}

function hexOrNull(id: Uint8Array): Uint8Array | null {
  if (id.every((byte) => byte === 0)) return null;
  const hex = new Uint8Array(id.length * 2);
  writeHex(hex, 0, id, 0, id.length);
  return hex;
}
