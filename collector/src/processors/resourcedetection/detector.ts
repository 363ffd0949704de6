import type { AttributesEdit, EditValue } from "@venturi/otlp";

/** What was found out about where the collector runs. */
export interface Detected {
  readonly attributes: ReadonlyMap<string, EditValue>;
  /** Of the semantic conventions that name the attributes; empty: none. */
  readonly schemaUrl: string;
}

export interface Detector {
  /** As `detectors` of the configuration names it. */
  readonly name: string;
  /**
   * @param signal Aborted when the time is over; what can go without the answer it waits for goes on without.
   * @throws When nothing can be found out.
   */
  detect(signal: AbortSignal): Promise<Detected>;
}

/** The conventions that the Collector 0.155 names with what it detects. */
export const SCHEMA_URL = "https://opentelemetry.io/schemas/1.40.0";

export const NOTHING: Detected = { attributes: new Map(), schemaUrl: "" };

/** What came first counts. */
export function mergeDetected(all: readonly Detected[]): Detected {
  const attributes = new Map<string, EditValue>();
  for (const detected of all) {
    for (const [key, value] of detected.attributes) {
      if (!attributes.has(key)) attributes.set(key, value);
    }
  }
  return { attributes, schemaUrl: all.find(({ schemaUrl }) => schemaUrl !== "")?.schemaUrl ?? "" };
}

/** @param override Whether what was detected replaces what the resource says itself. */
export function addDetected(attributes: AttributesEdit, { attributes: found }: Detected, override: boolean): void {
  for (const [key, value] of found) {
    if (!attributes.has(key)) attributes.set(key, value);
    else if (override && !isSame(attributes.get(key), value)) attributes.set(key, value);
  }
}

/** What is detected are texts, integers and lists of texts. */
function isSame(a: EditValue | undefined, b: EditValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
