import { Cursor } from "@venturi/otlp";
import type { RowBuffer } from "../database/row-buffer.js";
import type { AttributeJson } from "./attribute-json.js";

export interface Resource {
  readonly id: number;
  readonly service: string;
}

/** What Jaeger calls a process that did not say who it is. */
export const unknownService = "OTLPResourceNoServiceName";

/** Remembered resources; a fleet that restarts forever must not grow the map without bound. */
const maxRemembered = 20_000;

/** Gives every distinct resource one row and one number. */
export class Resources {
  readonly #json: AttributeJson;
  readonly #known = new Map<string, Resource>();
  #nextId: number;

  constructor(json: AttributeJson, nextId: number) {
    this.#json = json;
    this.#nextId = nextId;
  }

  /** Reads one Resource message; a new one is appended to `rows`. */
  intern(bytes: Uint8Array, start: number, end: number, rows: RowBuffer): Resource {
    const cursor = new Cursor(bytes, start, end);
    let service = "";
    let instance = "";
    const items: string[] = [];
    while (cursor.next()) {
      if (cursor.field !== 1) {
        cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      items.push(this.#json.keyValue(bytes, cursor.valueStart, cursor.valueEnd));
      if (this.#json.lastKey === "service.name") service = this.#json.lastText;
      else if (this.#json.lastKey === "service.instance.id") instance = this.#json.lastText;
    }
    const attributes = `{${items.join(",")}}`;
    const known = this.#known.get(attributes);
    if (known !== undefined) return known;
    const resource: Resource = { id: this.#nextId++, service: service === "" ? unknownService : service };
    if (this.#known.size >= maxRemembered) this.#known.clear();
    this.#known.set(attributes, resource);
    rows.push([resource.id, resource.service, instance, attributes]);
    return resource;
  }

  /** After rows were pruned from the table, remembered numbers may point nowhere. */
  forget(): void {
    this.#known.clear();
  }
}
