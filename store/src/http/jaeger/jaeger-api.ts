import type { Database } from "../../database/database.js";
import type { MetricStore } from "../../metrics/metric-store.js";
import { findDependencies, findOperations, findServices, readTraces, searchTraces } from "../../spans/span-queries.js";
import type { StoredSpan } from "../../spans/stored-span.js";
import type { TraceSearch } from "../../spans/trace-search.js";
import { HttpError, jsonTextReply, type Reply, textReply } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { answerV3 } from "./api-v3.js";
import { adjustTrace } from "./jaeger-adjust.js";
import { jaegerTrace } from "./jaeger-json.js";
import { kindNames, toJaegerSpans } from "./jaeger-model.js";
import {
  badRequest,
  booleanParameter,
  durationParameter,
  limitParameter,
  parseTraceId,
  shownTraceId,
  tags,
  unitsParameter,
} from "./jaeger-parameters.js";
import { MetricsApi } from "./metrics-api.js";
import { checkSearchDepth } from "./search-limits.js";

export interface JaegerApiSettings {
  readonly database: Database;
  readonly metrics: MetricStore;
  /** Makes what was accepted visible. */
  readonly flush: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Largest correction of a clock; 0, Jaeger's default, for none. */
  readonly maxClockSkewMs: number;
}

const usNs = 1000n;
const msNs = 1_000_000n;
const dayNs = 86_400_000n * msNs;
const defaultLimit = 100;

/** The HTTP API of Jaeger's query service: the same paths, parameters, JSON and errors. */
export class JaegerApi {
  readonly #settings: JaegerApiSettings;
  readonly #metrics: MetricsApi;

  constructor(settings: JaegerApiSettings) {
    this.#settings = settings;
    this.#metrics = new MetricsApi(settings.metrics, settings.now);
  }

  /** The answer to a path below `/api/`, or undefined when it is none of Jaeger's. */
  async answer(request: Request): Promise<Reply | undefined> {
    const segments = request.path.slice("/api/".length).split("/");
    if (segments[0] === "v3") return answerV3(request, segments.slice(1), this.#settings);
    if (!knownPath(segments)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") return textReply(405, "");
    try {
      await this.#settings.flush();
      const parameters = await request.parameters();
      const prettyPrint = parameters.get("prettyPrint") ?? "";
      const indent = prettyPrint !== "" && prettyPrint !== "false" ? 4 : 0;
      return await this.#route(segments, parameters, indent, request.signal);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const errors = [{ code: error.status, msg: error.message }];
      return envelopeReply({ data: null, errors }, 0, error.status);
    }
  }

  async #route(
    segments: readonly string[],
    parameters: URLSearchParams,
    indent: number,
    signal: AbortSignal,
  ): Promise<Reply> {
    const [resource, id] = segments;
    if (resource === "metrics") return this.#metrics.answer(id ?? "", parameters, signal, indent);
    if (resource === "traces") {
      return id === undefined ? this.#search(parameters, indent) : this.#trace(id, parameters, indent);
    }
    if (resource === "services") {
      return listReply(await (id === undefined ? this.#services() : this.#operationNames(id)), indent);
    }
    if (resource === "operations") return listReply(await this.#operations(parameters), indent);
    return envelopeReply({ data: await this.#dependencies(parameters) }, indent);
  }

  #services(): Promise<string[] | null> {
    return findServices(this.#settings.database).then(nullWhenEmpty);
  }

  async #operationNames(segment: string): Promise<string[] | null> {
    const service = decodeSegment(segment.replaceAll("+", "%20"));
    const operations = await findOperations(this.#settings.database, service);
    return nullWhenEmpty([...new Set(operations.map((operation) => operation.name))]);
  }

  async #operations(parameters: URLSearchParams): Promise<object[]> {
    const service = parameters.get("service") ?? "";
    if (service === "") throw serviceRequired();
    const kindName = parameters.get("spanKind") ?? "";
    const kind = kindName === "" ? undefined : kindNames.indexOf(kindName);
    const operations = await findOperations(this.#settings.database, service, kind);
    return operations.map(({ name, kind: number }) => ({ name, spanKind: kindNames[number] ?? "" }));
  }

  /** Jaeger's storage in memory checks the times of a request for one trace and does not use them. */
  async #trace(id: string, parameters: URLSearchParams, indent: number): Promise<Reply> {
    const traceId = badRequest(() => parseTraceId(id));
    unitsParameter(parameters, "start", usNs, 0n);
    unitsParameter(parameters, "end", usNs, 0n);
    const isRaw = booleanParameter(parameters, "raw");
    const traces = await readTraces(this.#settings.database, [traceId]);
    if (traces.length === 0) throw new HttpError(404, "trace not found");
    return this.#tracesReply(traces, isRaw, null, indent);
  }

  async #search(parameters: URLSearchParams, indent: number): Promise<Reply> {
    const { search, ids, isRaw } = this.#searchOf(parameters);
    if (ids.length > 0) return this.#byIds(ids, isRaw, indent);
    checkSearchDepth(search.limit);
    return this.#tracesReply(await searchTraces(this.#settings.database, search), isRaw, null, indent);
  }

  async #byIds(ids: readonly string[], isRaw: boolean, indent: number): Promise<Reply> {
    const traces = await readTraces(this.#settings.database, [...new Set(ids)]);
    const byId = new Map(traces.map((spans) => [spans[0]?.traceId, spans]));
    const found = ids.flatMap((id) => {
      const spans = byId.get(id);
      return spans === undefined ? [] : [spans];
    });
    const missing = ids.filter((id) => !byId.has(id));
    const errors = missing.map((id) => ({ msg: "trace not found", traceID: shownTraceId(id) }));
    return this.#tracesReply(found, isRaw, errors.length > 0 ? errors : null, indent);
  }

  /** In Jaeger's order, since the first thing that is wrong is what the error names. */
  #searchOf(parameters: URLSearchParams): { search: TraceSearch; ids: string[]; isRaw: boolean } {
    const nowNs = BigInt(Math.trunc(this.#settings.now())) * msNs;
    const lookbackNs = lookback(parameters) ?? 2n * dayNs;
    const endNs = unitsParameter(parameters, "end", usNs, nowNs);
    const startNs = unitsParameter(parameters, "start", usNs, nowNs - lookbackNs);
    const wanted = tags(parameters);
    const limit = limitParameter(parameters, defaultLimit);
    const minDurationNs = durationParameter(parameters, "minDuration");
    const maxDurationNs = durationParameter(parameters, "maxDuration");
    const ids = parameters
      .getAll("traceID")
      .map((id) => badRequest(() => parseTraceId(id), "cannot parse traceID param: "));
    const isRaw = booleanParameter(parameters, "raw");
    const service = parameters.get("service") ?? "";
    if (ids.length === 0 && service === "") throw serviceRequired();
    if (minDurationNs !== 0n && maxDurationNs !== 0n && maxDurationNs < minDurationNs) {
      throw new HttpError(400, "'maxDuration' should be greater than 'minDuration'");
    }
    const operation = parameters.get("operation") ?? "";
    const search: TraceSearch = {
      service,
      startNs,
      endNs,
      tags: wanted,
      limit,
      ...(operation === "" ? {} : { operation }),
      ...(minDurationNs === 0n ? {} : { minDurationNs }),
      ...(maxDurationNs === 0n ? {} : { maxDurationNs }),
    };
    return { search, ids, isRaw };
  }

  async #dependencies(parameters: URLSearchParams): Promise<object[]> {
    const nowNs = BigInt(Math.trunc(this.#settings.now())) * msNs;
    const endNs = unitsParameter(parameters, "endTs", msNs, nowNs);
    const lookbackNs = unitsParameter(parameters, "lookback", msNs, dayNs);
    if (lookbackNs < 0n) throw new HttpError(500, "end time must be greater than start time");
    const links = await findDependencies(this.#settings.database, BigInt.asIntN(64, endNs - lookbackNs), endNs);
    const service = parameters.get("service") ?? "";
    return links.filter((link) => service === "" || link.parent === service || link.child === service);
  }

  /** Traces can be many megabytes of JSON, so they are written one by one. */
  #tracesReply(traces: readonly StoredSpan[][], isRaw: boolean, errors: unknown, indent: number): Reply {
    const maxSkewNs = BigInt(Math.trunc(this.#settings.maxClockSkewMs)) * msNs;
    const shown = (spans: readonly StoredSpan[]): object => {
      const model = toJaegerSpans(spans);
      return jaegerTrace(isRaw ? model : adjustTrace(model, maxSkewNs));
    };
    if (indent > 0) return envelopeReply({ data: traces.map(shown), errors }, indent);
    return jsonTextReply(200, pieces());

    function* pieces(): Generator<string> {
      yield '{"data":[';
      for (const [index, spans] of traces.entries()) yield (index === 0 ? "" : ",") + JSON.stringify(shown(spans));
      yield `],"total":0,"limit":0,"offset":0,"errors":${JSON.stringify(errors)}}`;
    }
  }
}

const metricNames = ["latencies", "calls", "errors", "minstep"];

function knownPath(segments: readonly string[]): boolean {
  const [resource, id = "", rest] = segments;
  if (segments.length === 1) return ["traces", "services", "operations", "dependencies"].includes(resource ?? "");
  if (segments.length === 2)
    return id !== "" && (resource === "traces" || (resource === "metrics" && metricNames.includes(id)));
  return segments.length === 3 && resource === "services" && id !== "" && rest === "operations";
}

/** Jaeger's page sends `lookback=1h`, `2d` or `custom` next to start and end; Jaeger itself does not look at it. */
function lookback(parameters: URLSearchParams): bigint | undefined {
  const text = /^(\d{1,6})([smhdw])$/.exec(parameters.get("lookback") ?? "");
  if (text === null) return undefined;
  const seconds = { s: 1n, m: 60n, h: 3600n, d: 86_400n, w: 604_800n }[text[2] as "s" | "m" | "h" | "d" | "w"];
  return BigInt(text[1] as string) * seconds * 1_000_000_000n;
}

function serviceRequired(): HttpError {
  return new HttpError(400, "parameter 'service' is required");
}

/** Go's empty lists are null. */
function nullWhenEmpty(list: string[]): string[] | null {
  return list.length === 0 ? null : list;
}

function listReply(data: readonly unknown[] | null, indent: number): Reply {
  return envelopeReply({ data, total: data?.length ?? 0 }, indent);
}

function envelopeReply(part: { data: unknown; total?: number; errors?: unknown }, indent: number, status = 200): Reply {
  const { data, total = 0, errors = null } = part;
  const body = JSON.stringify({ data, total, limit: 0, offset: 0, errors }, null, indent);
  return { status, headers: { "content-type": "application/json" }, body };
}
