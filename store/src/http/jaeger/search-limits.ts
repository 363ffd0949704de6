import { HttpError } from "../reply.js";

/** What Jaeger's own storage in memory would call its number of traces. */
const maxTraces = 100_000;

/** @throws {HttpError} 500 with Jaeger's text, which takes this for a fault of the storage */
export function checkSearchDepth(limit: number): void {
  if (limit > 0 && limit <= maxTraces) return;
  throw new HttpError(500, "search depth must be greater than 0 and less than max traces");
}
