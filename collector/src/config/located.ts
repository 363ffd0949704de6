/** A position in a source, for error messages. `line` 0: the source has no lines (`--set`). */
export interface Place {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly value: string | number | bigint | boolean | null;
  /** As written: a string option may take a number that came out of `${env:…}`. */
  readonly text: string;
  readonly expanded: boolean;
  readonly place: Place;
}

export interface LocatedSequence {
  readonly kind: "sequence";
  readonly items: readonly Located[];
  readonly place: Place;
}

export interface LocatedMapping {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  readonly place: Place;
}

export interface LocatedEntry {
  readonly keyPlace: Place;
  readonly value: Located;
}

/** A YAML value that remembers where each part of it stood. */
export type Located = LocatedScalar | LocatedSequence | LocatedMapping;

export type Path = readonly (string | number)[];

/** Merges as the Collector does: mappings key by key, the later value wins; sequences and scalars are replaced. */
export function merge(base: Located | undefined, over: Located): Located {
  if (base?.kind !== "mapping" || over.kind !== "mapping") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    entries.set(key, { keyPlace: entry.keyPlace, value: merge(entries.get(key)?.value, entry.value) });
  }
  return { kind: "mapping", entries, place: base.place };
}

export function toPlain(located: Located | undefined): unknown {
  if (located === undefined) return undefined;
  if (located.kind === "scalar") return located.value;
  if (located.kind === "sequence") return located.items.map(toPlain);
  return Object.fromEntries([...located.entries].map(([key, entry]) => [key, toPlain(entry.value)]));
}

export function valueAt(located: Located | undefined, path: Path): Located | undefined {
  let at = located;
  for (const step of path) {
    if (at?.kind === "mapping") at = at.entries.get(String(step))?.value;
    else if (at?.kind === "sequence") at = at.items[Number(step)];
    else return undefined;
  }
  return at;
}

/**
 * The place of what stands at `path` (a scalar itself, or the key of a block), or of its nearest ancestor that exists.
 * With `"key"`, of the key in any case.
 */
export function placeAt(located: Located | undefined, path: Path, what: "value" | "key" = "value"): Place | undefined {
  let at = located;
  let place = located?.place;
  for (const step of path) {
    if (at?.kind === "mapping") {
      const entry = at.entries.get(String(step));
      if (entry === undefined) return place;
      place = entry.keyPlace;
      at = entry.value;
    } else if (at?.kind === "sequence") {
      at = at.items[Number(step)];
      place = at?.place ?? place;
    } else return place;
  }
  // The value of an option is what the reader looks for, except where it is a block of its own.
  return what === "value" && at?.kind === "scalar" && at.text !== "" ? at.place : place;
}

/** `exporters::otlphttp::headers`, as the Collector writes paths. */
export function formatPath(path: Path): string {
  return path.join("::");
}

export function emptyMapping(place: Place): LocatedMapping {
  return { kind: "mapping", entries: new Map(), place };
}
