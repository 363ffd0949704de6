import { MalformedOtlpError } from "@venturi/otlp";
import { uncompress } from "snappyjs";
import { HttpError, type Reply, textReply, wrongMethod } from "../http/reply.js";
import type { Request } from "../http/request.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { ingestV1, latestTime } from "./ingest-v1.js";
import { ingestV2, type Written } from "./ingest-v2.js";
import { Refusals, refusalText } from "./refusals.js";

/** Prometheus and k6 send a few hundred KiB at a time. */
const maxBodyBytes = 32 * 1024 * 1024;

const messages = "prometheus.WriteRequest, io.prometheus.write.v2.Request";
const parameterRule = "https://www.rfc-editor.org/rfc/rfc9110#parameter";

export interface WriteParts {
  readonly metrics: MetricStore;
  readonly writes: WriteBehind;
  readonly stats: IngestStats;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * `POST /api/v1/write`, remote write 1.0 and 2.0. Good samples of a request are kept even when others are refused (with
 * 1.0, Prometheus would keep none); those are counted, and the answer is 400 as the protocol wants it for data that a
 * retry would not improve. A disk that refuses is 503, which senders retry.
 */
export async function receiveRemoteWrite(request: Request, parts: WriteParts): Promise<Reply> {
  if (request.method !== "POST") return wrongMethod(["POST"]);
  const version = versionOf(request);
  const encoding = request.headers["content-encoding"] || "snappy";
  if (encoding !== "snappy") {
    const problem = `${encoding} encoding (compression) is not accepted by this server; only snappy is acceptable`;
    throw new HttpError(415, problem);
  }
  const bytes = decompress(await request.body(maxBodyBytes));
  try {
    await parts.writes.admit();
  } catch (cause) {
    return textReply(503, (cause as Error).message);
  }
  try {
    return version === 2 ? replyV2(ingestV2(bytes, parts)) : writeV1(bytes, parts);
  } catch (cause) {
    if (!(cause instanceof MalformedOtlpError)) throw cause;
    const problem = `cannot decode write request: ${cause.message}`;
    if (version === 2) return replyV2({ samples: 0, histograms: 0, exemplars: 0, problems: [problem] });
    throw new HttpError(400, problem, { cause });
  }
}

/** By the content type: `application/x-protobuf`, alone or with the name of a message. @throws {HttpError} 415 */
function versionOf({ headers }: Request): 1 | 2 {
  const type = (headers["content-type"] ?? "application/x-protobuf").trim();
  const [media, ...parameters] = type.split(";");
  const refuse = (problem: string): never => {
    throw new HttpError(415, problem);
  };
  if (media !== "application/x-protobuf") {
    return refuse(`expected application/x-protobuf as the first (media) part, got ${type} content-type`);
  }
  for (const parameter of parameters) {
    const [name, value, ...more] = parameter.split("=");
    if (value === undefined || more.length > 0) {
      return refuse(
        `as per ${parameterRule} expected parameters to be key-values, got ${parameter} in ${type} content-type`,
      );
    }
    // Prometheus looks for the name as it stands, so a space in front hides it.
    if (name !== "proto") continue;
    if (value === "prometheus.WriteRequest") return 1;
    if (value === "io.prometheus.write.v2.Request") return 2;
    return refuse(
      `got ${type} content type; unknown type for remote write protobuf message ${value}, supported: ${messages}`,
    );
  }
  return 1;
}

function decompress(body: Buffer): Uint8Array {
  try {
    return uncompress(body, maxBodyBytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new HttpError(400, `cannot decode write request: snappy: ${message}`, { cause });
  }
}

function writeV1(bytes: Uint8Array, parts: WriteParts): Reply {
  const refusals = new Refusals(parts.stats);
  ingestV1(bytes, parts, latestTime(parts.now()));
  const refused = refusals.all();
  if (refused.length === 0) return { status: 204, headers: {}, body: "" };
  return textReply(400, `${refusalText(refused)}\n`);
}

function replyV2({ samples, histograms, exemplars, problems }: Written): Reply {
  const headers = {
    "x-prometheus-remote-write-samples-written": String(samples),
    "x-prometheus-remote-write-histograms-written": String(histograms),
    "x-prometheus-remote-write-exemplars-written": String(exemplars),
  };
  if (problems.length === 0) return { status: 204, headers, body: "" };
  const reply = textReply(400, `${problems.join("\n")}\n`);
  return { ...reply, headers: { ...reply.headers, ...headers } };
}
