import { findOperations, findServices, readTraces, searchTraces } from "../../spans/span-queries.js";
import type { StoredSpan } from "../../spans/stored-span.js";
import type { TraceSearch } from "../../spans/trace-search.js";
import { HttpError, jsonReply, jsonTextReply, notFoundReply, type Reply, textReply } from "../reply.js";
import type { Request } from "../request.js";
import { parseGoAtoi, parseGoBool, parseGoDuration, parseGoTime } from "./go-text.js";
import type { JaegerApiSettings } from "./jaeger-api.js";
import { kindNames } from "./jaeger-model.js";
import { parseTraceId } from "./jaeger-parameters.js";
import { adjustOtlpTrace } from "./otlp-adjust.js";
import { otlpResourceJson } from "./otlp-json.js";
import { toOtlpResources } from "./otlp-model.js";
import { checkSearchDepth } from "./search-limits.js";

/** Jaeger's API of version 3: traces as OTLP/JSON, errors as a gRPC gateway writes them. */
export async function answerV3(
  request: Request,
  segments: readonly string[],
  settings: JaegerApiSettings,
): Promise<Reply> {
  const [resource, id] = segments;
  const isKnown =
    segments.length === 1
      ? ["traces", "services", "operations"].includes(resource ?? "")
      : resource === "traces" && id !== "";
  if (!isKnown || segments.length > 2) return notFoundReply;
  if (request.method !== "GET" && request.method !== "HEAD") return textReply(405, "");
  try {
    await settings.flush();
    const parameters = request.urlParameters;
    if (resource === "services") return await services(settings);
    if (resource === "operations") return await operations(parameters, settings);
    return id === undefined ? await search(parameters, settings) : await trace(id, parameters, settings);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return jsonReply(error.status, { error: { httpCode: error.status, message: error.message } });
  }
}

async function operations(parameters: URLSearchParams, { database }: JaegerApiSettings): Promise<Reply> {
  const kindName = parameters.get("span_kind") ?? "";
  const kind = kindName === "" ? undefined : kindNames.indexOf(kindName);
  const found = await findOperations(database, parameters.get("service") ?? "", kind);
  const shown = found.map((one) => {
    const spanKind = kindNames[one.kind] ?? "";
    return { ...(one.name === "" ? {} : { name: one.name }), ...(spanKind === "" ? {} : { spanKind }) };
  });
  return jsonReply(200, { operations: shown });
}

/** Of Go's empty lists, the one that was never made is left out. */
async function services({ database }: JaegerApiSettings): Promise<Reply> {
  const found = await findServices(database);
  return jsonReply(200, found.length === 0 ? {} : { services: found });
}

async function trace(id: string, parameters: URLSearchParams, settings: JaegerApiSettings): Promise<Reply> {
  const traceId = well("trace_id", () => parseTraceId(id));
  optional(parameters, "start_time", parseGoTime);
  optional(parameters, "end_time", parseGoTime);
  const isRaw = optional(parameters, "raw_traces", parseGoBool) ?? false;
  return tracesReply(await readTraces(settings.database, [traceId]), isRaw, settings);
}

async function search(parameters: URLSearchParams, settings: JaegerApiSettings): Promise<Reply> {
  const timeMin = parameters.get("query.start_time_min") ?? "";
  const timeMax = parameters.get("query.start_time_max") ?? "";
  if (timeMin === "" || timeMax === "") {
    throw new HttpError(400, "query.start_time_min and query.start_time_max are required");
  }
  const startNs = well("query.start_time_min", () => parseGoTime(timeMin));
  const endNs = well("query.start_time_max", () => parseGoTime(timeMax));
  const limit = optional(parameters, "query.num_traces", parseGoAtoi) ?? 0;
  const minDurationNs = optional(parameters, "query.duration_min", parseGoDuration) ?? 0n;
  const maxDurationNs = optional(parameters, "query.duration_max", parseGoDuration) ?? 0n;
  const isRaw = optional(parameters, "query.raw_traces", parseGoBool) ?? false;
  const service = parameters.get("query.service_name") ?? "";
  const operation = parameters.get("query.operation_name") ?? "";
  checkSearchDepth(limit);
  const wanted: TraceSearch = {
    startNs,
    endNs,
    limit,
    tags: {},
    ...(service === "" ? {} : { service }),
    ...(operation === "" ? {} : { operation }),
    ...(minDurationNs === 0n ? {} : { minDurationNs }),
    ...(maxDurationNs === 0n ? {} : { maxDurationNs }),
  };
  return tracesReply(await searchTraces(settings.database, wanted), isRaw, settings);
}

function optional<T>(parameters: URLSearchParams, name: string, parse: (text: string) => T): T | undefined {
  const text = parameters.get(name) ?? "";
  return text === "" ? undefined : well(name, () => parse(text));
}

function well<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new HttpError(400, `malformed parameter ${name}: ${(cause as Error).message}`, { cause });
  }
}

function tracesReply(traces: readonly StoredSpan[][], isRaw: boolean, { maxClockSkewMs }: JaegerApiSettings): Reply {
  if (traces.length === 0) throw new HttpError(404, "No traces found");
  const maxSkewNs = BigInt(Math.trunc(maxClockSkewMs)) * 1_000_000n;
  return jsonTextReply(200, pieces());

  function* pieces(): Generator<string> {
    yield '{"result":{"resourceSpans":[';
    let isFirst = true;
    for (const spans of traces) {
      const resources = toOtlpResources(spans);
      if (!isRaw) adjustOtlpTrace(resources, maxSkewNs);
      for (const resource of resources) {
        yield (isFirst ? "" : ",") + JSON.stringify(otlpResourceJson(resource));
        isFirst = false;
      }
    }
    yield "]}}";
  }
}
