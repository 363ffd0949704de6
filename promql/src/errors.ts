/** Why a query failed, in the terms of the Prometheus HTTP API. */
export type PromqlErrorKind = "bad_data" | "execution" | "timeout" | "canceled";

/** Half-open range of UTF-16 offsets in the query text. */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** The one error this package throws for a query that cannot be answered. */
export class PromqlError extends Error {
  override readonly name: string = "PromqlError";
  readonly kind: PromqlErrorKind;
  /** Where in the query the problem is; absent for errors that concern the whole query. */
  readonly position?: PositionRange;

  constructor(kind: PromqlErrorKind, message: string, position?: PositionRange, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    if (position !== undefined) this.position = position;
  }
}

/** "line:column", both counted from 1; columns are UTF-8 bytes, as Prometheus counts them. */
export function lineAndColumn(query: string, offset: number): string {
  const before = query.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  let line = 1;
  for (let i = before.indexOf("\n"); i >= 0; i = before.indexOf("\n", i + 1)) line++;
  return `${line}:${Buffer.byteLength(before.slice(lastBreak + 1)) + 1}`;
}

/** A parse error with upstream's prefix: `1:7: parse error: …`. */
export function parseError(query: string, position: PositionRange, message: string): PromqlError {
  const at = query === "" ? "unknown position" : lineAndColumn(query, position.start);
  return new PromqlError("bad_data", `${at}: parse error: ${message}`, position);
}
