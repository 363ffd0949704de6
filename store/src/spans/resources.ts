import { Cursor, LEN } from "@venturi/otlp";
import type { RowBuffer } from "../database/row-buffer.js";
import type { AttributeJson } from "./attribute-json.js";
import { JsonBytes } from "./json-bytes.js";

export interface Resource {
  readonly id: number;
  readonly service: string;
  /** `service` in UTF-8. */
  readonly serviceBytes: Uint8Array;
}

/** What Jaeger calls a process that did not say who it is. */
export const placeholderServices = {
  missing: "missing-service-name",
  empty: "empty-service-name",
  wrongType: "service-name-wrong-type",
} as const;

/** Remembered resources; a fleet that restarts forever must not grow the map without bound. */
const maxRemembered = 20_000;

/** Gives every distinct resource one row and one number. */
export class Resources {
  readonly json: AttributeJson;
  readonly #known = new Map<string, Resource>();
  readonly #out = new JsonBytes();
  #nextId: number;

  constructor(json: AttributeJson, nextId: number) {
    this.json = json;
    this.#nextId = nextId;
  }

  /** Reads one Resource message; a new one is appended to `rows`. */
  intern(bytes: Uint8Array, start: number, end: number, schemaUrl: string, rows: RowBuffer): Resource {
    const cursor = new Cursor(bytes, start, end);
    const out = this.#out;
    let service: string = placeholderServices.missing;
    let instance = "";
    let dropped = 0;
    out.clear();
    out.byte(0x7b);
    while (cursor.next()) {
      if (cursor.field !== 1 || cursor.wireType !== LEN) {
        if (cursor.field === 2) dropped = cursor.uint32();
        else cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      const { name } = this.json.keyValue(out, bytes, cursor.valueStart, cursor.valueEnd, out.length === 1);
      if (name === "service.name") service = this.#service(bytes);
      else if (name === "service.instance.id") instance = this.#text(bytes);
    }
    out.byte(0x7d);
    const attributes = out.toString();
    const extra = extraJson(schemaUrl, dropped);
    const key = extra === null ? attributes : attributes + extra;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const resource: Resource = { id: this.#nextId++, service, serviceBytes: Buffer.from(service) };
    if (this.#known.size >= maxRemembered) this.#known.clear();
    this.#known.set(key, resource);
    rows.push([resource.id, resource.service, instance, attributes, extra]);
    return resource;
  }

  #service(bytes: Uint8Array): string {
    if (this.json.textEnd < 0) return placeholderServices.wrongType;
    return this.#text(bytes) || placeholderServices.empty;
  }

  /** The last value, when it was a string. */
  #text(bytes: Uint8Array): string {
    const { textStart, textEnd } = this.json;
    return textEnd < 0 ? "" : Buffer.from(bytes.subarray(textStart, textEnd)).toString("utf8");
  }

  /** After rows were pruned from the table, remembered numbers may point nowhere. */
  forget(): void {
    this.#known.clear();
  }
}

function extraJson(schemaUrl: string, dropped: number): string | null {
  if (schemaUrl === "" && dropped === 0) return null;
  return JSON.stringify({
    ...(schemaUrl === "" ? {} : { schema_url: schemaUrl }),
    ...(dropped === 0 ? {} : { dropped_attributes_count: dropped }),
  });
}
