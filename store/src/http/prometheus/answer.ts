import { PromqlError } from "@venturi/promql";
import { QueryLimitError } from "../../metrics/chunk-reader.js";
import { HttpError, jsonReply, type Reply } from "../reply.js";
import { ApiError, invalidParameter } from "./api-error.js";

/** A success: JSON text of `data`, and what there is to say beside it. */
export interface Answer {
  readonly data: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

export const truncationWarning = "results truncated due to limit";

/** A list with at most `limit` items, 0 for all. */
export function limitedAnswer(items: readonly unknown[], limit: number): Answer {
  if (limit === 0 || items.length <= limit) return { data: JSON.stringify(items) };
  return { data: JSON.stringify(items.slice(0, limit)), warnings: [truncationWarning] };
}

export function successReply({ data, warnings = [], infos = [] }: Answer): Reply {
  let body = `{"status":"success","data":${data}`;
  if (warnings.length > 0) body += `,"warnings":${JSON.stringify(warnings)}`;
  if (infos.length > 0) body += `,"infos":${JSON.stringify(infos)}`;
  return { status: 200, headers: { "content-type": "application/json" }, body: `${body}}` };
}

/** The answer to an error of the request; what is not one is thrown on. */
export function failureReply(error: unknown): Reply {
  const known = apiError(error);
  if (known === undefined) throw error;
  return jsonReply(known.status, { status: "error", errorType: known.type, error: known.message });
}

function apiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryLimitError) return new ApiError("execution", error.message);
  if (error instanceof HttpError) return error.status === 400 ? new ApiError("bad_data", error.message) : undefined;
  if (!(error instanceof PromqlError)) return undefined;
  return error.kind === "bad_data" ? invalidParameter("query", error.message) : new ApiError(error.kind, error.message);
}
