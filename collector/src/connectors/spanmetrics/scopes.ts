import { type Attributes, Cursor, LEN } from "@venturi/otlp";

/** An instrumentation scope that makes dimensions. */
export interface ScopeEntry {
  /** Above 0. */
  readonly id: number;
  readonly attributes: Attributes;
}

/** Versions are sent by others, and are kept. */
const KEPT_MAX = 10_000;

/** Finds the scopes of which `include_instrumentation_scope` names the name. */
export class Scopes {
  private readonly names: ReadonlySet<string>;
  private readonly entries = new Map<string, ScopeEntry>();
  private readonly cursor = new Cursor();
  private lastId = 0;

  constructor(names: readonly string[]) {
    this.names = new Set(names);
  }

  /** The entry of an InstrumentationScope message; undefined when it is not named. */
  find(bytes: Uint8Array, start: number, end: number): ScopeEntry | undefined {
    let name = "";
    let version = "";
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) name = cursor.string();
      else if (cursor.field === 2 && cursor.wireType === LEN) version = cursor.string();
      else cursor.skip();
    }
    if (name === "" || !this.names.has(name)) return undefined;
    const key = `${name}\0${version}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      if (this.entries.size >= KEPT_MAX) this.entries.clear();
      entry = { id: ++this.lastId, attributes: scopeAttributes(name, version) };
      this.entries.set(key, entry);
    }
    return entry;
  }
}

function scopeAttributes(name: string, version: string): Attributes {
  return {
    "span.instrumentation.scope.name": name,
    ...(version === "" ? {} : { "span.instrumentation.scope.version": version }),
  };
}
