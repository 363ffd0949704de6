import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Batch, jsonToProtobuf, MalformedOtlpError, readBatch } from "@venturi/otlp";
import { latestTime } from "../../remote-write/ingest-v1.js";
import { Refusals, refusalText } from "../../remote-write/refusals.js";
import type { WriteParts } from "../../remote-write/remote-write.js";
import { HttpError, type Reply, textReply, wrongMethod } from "../reply.js";
import type { Request } from "../request.js";

const maxBodyBytes = 32 * 1024 * 1024;
const unzip = promisify(gunzip);

/** `POST /api/v1/otlp/v1/metrics`: metrics as OTLP over HTTP, in protobuf or JSON, with Prometheus' names and answers. */
export async function receiveOtlpMetrics(
  request: Request,
  { metrics, writes, stats, now }: WriteParts,
): Promise<Reply> {
  if (request.method !== "POST") return wrongMethod(["POST"]);
  const type = request.headers["content-type"] ?? "";
  if (type !== "application/json" && type !== "application/x-protobuf") {
    const problem = `unsupported content type: ${type}, supported: [application/json, application/x-protobuf]`;
    throw new HttpError(400, problem);
  }
  const bytes = await decompressed(request);
  const batch = decoded(bytes, type === "application/json");
  try {
    await writes.admit();
  } catch (cause) {
    return textReply(503, (cause as Error).message);
  }
  const refusals = new Refusals(stats);
  metrics.appendBatch(batch, writes.pending, latestTime(now()));
  const refused = refusals.all();
  if (refused.length === 0) return { status: 200, headers: {}, body: "" };
  return textReply(400, `${refusalText(refused)}\n`);
}

async function decompressed(request: Request): Promise<Uint8Array> {
  const encoding = request.headers["content-encoding"] ?? "";
  if (encoding !== "" && encoding !== "gzip") {
    throw new HttpError(400, `unsupported compression: ${encoding}. Only "gzip" or no compression supported`);
  }
  const body = await request.body(maxBodyBytes);
  if (encoding === "") return body;
  try {
    return await unzip(body, { maxOutputLength: maxBodyBytes });
  } catch (cause) {
    throw new HttpError(400, `gzip: ${(cause as Error).message}`, { cause });
  }
}

function decoded(bytes: Uint8Array, isJson: boolean): Batch {
  try {
    return readBatch("metrics", isJson ? jsonToProtobuf("metrics", bytes) : bytes);
  } catch (cause) {
    if (!(cause instanceof MalformedOtlpError)) throw cause;
    throw new HttpError(400, cause.message, { cause });
  }
}
