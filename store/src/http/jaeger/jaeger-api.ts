import { setImmediate } from "node:timers/promises";
import type { Database } from "../../database/database.js";
import {
  findDependencies,
  findOperations,
  findServices,
  readTraces,
  type StoredSpan,
  searchTraces,
} from "../../spans/span-queries.js";
import type { TraceSearch } from "../../spans/trace-search.js";
import { HttpError, jsonReply, type Reply } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { jaegerTrace, kindNames } from "./jaeger-json.js";
import { durationNs, integer, tags, traceId } from "./jaeger-parameters.js";

export interface JaegerApiSettings {
  readonly database: Database;
  /** Makes what was accepted visible. */
  readonly flush: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** About 10 ms of work. */
const spansPerTurn = 500;
const defaultLimit = 100n;
const maxLimit = 1500n;
const dayMs = 86_400_000;
const defaultSearchLookbackMs = 2 * dayMs;

/** The HTTP API of Jaeger's query service: the same paths, parameters and JSON. */
export class JaegerApi {
  readonly #settings: JaegerApiSettings;

  constructor(settings: JaegerApiSettings) {
    this.#settings = settings;
  }

  /** The answer to a path below `/api/`, or undefined when it is none of Jaeger's. */
  async answer(request: Request): Promise<Reply | undefined> {
    const segments = request.path.slice("/api/".length).split("/").map(decodeSegment);
    if (!knownPath(segments)) return undefined;
    try {
      if (request.method !== "GET" && request.method !== "HEAD") throw new HttpError(405, "method not allowed");
      await this.#settings.flush();
      return await this.#route(segments, await request.parameters());
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const errors = [{ code: error.status, msg: error.message }];
      return jsonReply(error.status, { data: null, total: 0, limit: 0, offset: 0, errors });
    }
  }

  #route(segments: readonly string[], parameters: URLSearchParams): Promise<Reply> {
    const [resource, id] = segments;
    if (resource === "traces") return id === undefined ? this.#search(parameters) : this.#trace(id);
    if (resource === "services") return id === undefined ? this.#services() : this.#operationNames(id);
    if (resource === "operations") return this.#operations(parameters);
    return this.#dependencies(parameters);
  }

  async #services(): Promise<Reply> {
    const services = await findServices(this.#settings.database);
    return dataReply(services, services.length);
  }

  async #operationNames(service: string): Promise<Reply> {
    const operations = await findOperations(this.#settings.database, service);
    const names = [...new Set(operations.map((operation) => operation.name))];
    return dataReply(names, names.length);
  }

  async #operations(parameters: URLSearchParams): Promise<Reply> {
    const service = requiredService(parameters);
    const kindName = parameters.get("spanKind") ?? "";
    const kind = kindName === "" ? undefined : kindNames.indexOf(kindName);
    const operations = await findOperations(this.#settings.database, service, kind);
    return dataReply(
      operations.map(({ name, kind: number }) => ({ name, spanKind: kindNames[number] ?? "" })),
      operations.length,
    );
  }

  async #trace(id: string): Promise<Reply> {
    const [spans] = await readTraces(this.#settings.database, [traceId(id)]);
    if (spans === undefined) throw new HttpError(404, "trace not found");
    return tracesReply([spans]);
  }

  async #search(parameters: URLSearchParams): Promise<Reply> {
    const ids = parameters.getAll("traceID").map(traceId);
    if (ids.length > 0) return this.#byIds(ids);
    return tracesReply(await searchTraces(this.#settings.database, this.#searchOf(parameters)));
  }

  async #byIds(ids: readonly string[]): Promise<Reply> {
    const traces = await readTraces(this.#settings.database, ids);
    const found = new Set(traces.map((spans) => spans[0]?.traceId));
    const missing = ids.filter((id) => !found.has(id));
    const errors = missing.map((id) => ({ msg: "trace not found", traceID: id }));
    return tracesReply(traces, errors.length > 0 ? errors : null);
  }

  #searchOf(parameters: URLSearchParams): TraceSearch {
    const nowUs = BigInt(Math.trunc(this.#settings.now())) * 1000n;
    const endUs = integer(parameters, "end", nowUs);
    const lookbackNs = lookback(parameters) ?? BigInt(defaultSearchLookbackMs) * 1_000_000n;
    const startUs = integer(parameters, "start", endUs - lookbackNs / 1000n);
    const limit = integer(parameters, "limit", defaultLimit);
    const minDurationNs = durationNs(parameters, "minDuration");
    const maxDurationNs = durationNs(parameters, "maxDuration");
    if (minDurationNs && maxDurationNs && maxDurationNs < minDurationNs) {
      throw new HttpError(400, "'maxDuration' should be greater than 'minDuration'");
    }
    const operation = parameters.get("operation") ?? "";
    return {
      service: requiredService(parameters),
      startNs: startUs * 1000n,
      endNs: endUs * 1000n + 999n,
      tags: tags(parameters),
      limit: Number(limit <= 0n ? defaultLimit : limit > maxLimit ? maxLimit : limit),
      ...(operation === "" ? {} : { operation }),
      ...(minDurationNs ? { minDurationNs } : {}),
      ...(maxDurationNs ? { maxDurationNs } : {}),
    };
  }

  async #dependencies(parameters: URLSearchParams): Promise<Reply> {
    const nowMs = BigInt(Math.trunc(this.#settings.now()));
    const endMs = integer(parameters, "endTs", nowMs);
    const lookbackMs = integer(parameters, "lookback", BigInt(dayMs));
    const startNs = (endMs - lookbackMs) * 1_000_000n;
    const links = await findDependencies(this.#settings.database, startNs, endMs * 1_000_000n + 999_999n);
    const service = parameters.get("service") ?? "";
    return dataReply(links.filter((link) => service === "" || link.parent === service || link.child === service));
  }
}

function knownPath(segments: readonly string[]): boolean {
  const [resource, id, rest] = segments;
  if (segments.length === 1) return ["traces", "services", "operations", "dependencies"].includes(resource ?? "");
  if (segments.length === 2) return resource === "traces" && id !== "";
  return segments.length === 3 && resource === "services" && rest === "operations";
}

/** The search form of the Jaeger page sends `lookback=1h` or `custom` next to start and end. */
function lookback(parameters: URLSearchParams): bigint | undefined {
  const text = parameters.get("lookback") ?? "";
  const days = /^(\d+)d$/.exec(text);
  if (days !== null) return BigInt(days[1] as string) * BigInt(dayMs) * 1_000_000n;
  return text === "custom" ? undefined : durationNs(parameters, "lookback");
}

function requiredService(parameters: URLSearchParams): string {
  const service = parameters.get("service") ?? "";
  if (service === "") throw new HttpError(400, "parameter 'service' is required");
  return service;
}

function dataReply(data: unknown, total = 0): Reply {
  return jsonReply(200, { data, total, limit: 0, offset: 0, errors: null });
}

/** Traces can be many megabytes of JSON, so other work gets its turn while they are written. */
async function tracesReply(traces: readonly StoredSpan[][], errors: unknown = null): Promise<Reply> {
  const texts: string[] = [];
  let spansInTurn = 0;
  for (const spans of traces) {
    texts.push(JSON.stringify(jaegerTrace(spans)));
    spansInTurn += spans.length;
    if (spansInTurn < spansPerTurn) continue;
    spansInTurn = 0;
    await setImmediate();
  }
  const body = `{"data":[${texts.join(",")}],"total":0,"limit":0,"offset":0,"errors":${JSON.stringify(errors)}}`;
  return { status: 200, headers: { "content-type": "application/json" }, body };
}
