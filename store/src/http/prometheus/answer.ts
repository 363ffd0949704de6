import { PromqlError } from "@venturi/promql";
import { QueryLimitError } from "../../metrics/chunk-reader.js";
import { HttpError, jsonReply, jsonTextReply, type Reply } from "../reply.js";
import { ApiError, invalidParameter } from "./api-error.js";

/** A success: JSON text of `data`, as a whole or in pieces, and what there is to say beside it. */
export interface Answer {
  /** Left out, the answer is 204 without a body, as Prometheus answers when there is nothing to tell. */
  readonly data?: string | Iterable<string>;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export const truncationWarning = "results truncated due to limit";

/** Prometheus tells so many and then their number. */
const maxAnnotations = 10;

/** A list with at most `limit` items, 0 for all. */
export function limitedAnswer(items: readonly unknown[], limit: number): Answer {
  if (limit === 0 || items.length <= limit) return { data: listPieces(items) };
  return { data: listPieces(items.slice(0, limit)), warnings: [truncationWarning] };
}

export function jsonAnswer(value: unknown): Answer {
  return { data: JSON.stringify(value) };
}

export function successReply({ data, warnings = [], infos = [] }: Answer): Reply {
  if (data === undefined) return { status: 204, headers: {}, body: "" };
  let rest = "";
  if (warnings.length > 0) rest += `,"warnings":${JSON.stringify(shortened(warnings, "warning"))}`;
  if (infos.length > 0) rest += `,"infos":${JSON.stringify(shortened(infos, "info"))}`;
  if (typeof data !== "string") return jsonTextReply(200, wrapped(data, rest));
  const body = `{"status":"success","data":${data}${rest}}`;
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

/** The answer to an error of the request; what is not one is thrown on. */
export function failureReply(error: unknown): Reply {
  const known = apiError(error);
  if (known === undefined) throw error;
  return jsonReply(known.status, { status: "error", errorType: known.type, error: known.message });
}

function* listPieces(items: readonly unknown[]): Generator<string> {
  yield "[";
  for (let index = 0; index < items.length; index++) {
    yield index === 0 ? JSON.stringify(items[index]) : `,${JSON.stringify(items[index])}`;
  }
  yield "]";
}

function* wrapped(data: Iterable<string>, rest: string): Generator<string> {
  yield '{"status":"success","data":';
  yield* data;
  yield `${rest}}`;
}

function shortened(texts: readonly string[], kind: string): readonly string[] {
  if (texts.length <= maxAnnotations) return texts;
  const more = texts.length - maxAnnotations;
  return [...texts.slice(0, maxAnnotations), `${more} more ${kind} annotations omitted`];
}

function apiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryLimitError) return new ApiError("execution", error.message);
  if (error instanceof HttpError) return error.status === 400 ? new ApiError("bad_data", error.message) : undefined;
  if (!(error instanceof PromqlError)) return undefined;
  return error.kind === "bad_data" ? invalidParameter("query", error.message) : new ApiError(error.kind, error.message);
}
