import type { Database } from "../../database/database.js";
import { selectedResources } from "../../logs/log-conditions.js";
import type { LogLabels } from "../../logs/log-labels.js";
import { evaluateMetric, LogLimitError, type Steps } from "../../logs/log-metrics.js";
import { countLogs, findLogs, findStreams, type LogWindow } from "../../logs/log-queries.js";
import type { LogExpr } from "../../logs/logql/ast.js";
import { LogqlError } from "../../logs/logql/lexer.js";
import { parseLogql } from "../../logs/logql/parser.js";
import { HttpError, jsonReply, notFoundReply, type Reply, textReply, wrongMethodReply } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { matrixJson, streamsJson, vectorJson } from "./loki-json.js";
import { isForward, limit, step, time, window } from "./loki-parameters.js";

export interface LokiApiSettings {
  readonly database: Database;
  /** Makes what was accepted visible. */
  readonly flush: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const prefix = "/loki/api/v1/";

/** The part of Loki's HTTP API that Grafana's data source, its log panel and its way from traces to logs use. */
export class LokiApi {
  readonly #settings: LokiApiSettings;

  constructor(settings: LokiApiSettings) {
    this.#settings = settings;
  }

  /** The answer to a path below `/loki/`; errors are one line of text, as Loki's are. */
  async answer(request: Request): Promise<Reply> {
    if (!request.path.startsWith(prefix)) return notFoundReply;
    if (!["GET", "HEAD", "POST"].includes(request.method)) return wrongMethodReply;
    try {
      await this.#settings.flush();
      return await this.#route(request.path.slice(prefix.length).split("/"), request);
    } catch (error) {
      if (error instanceof LogqlError || error instanceof LogLimitError) return textReply(400, `${error.message}\n`);
      if (error instanceof HttpError) return textReply(error.status, `${error.message}\n`);
      throw error;
    }
  }

  async #route(segments: readonly string[], request: Request): Promise<Reply> {
    const parameters = await request.parameters();
    const [name, label, values] = segments;
    if (name === "label" && segments.length === 3 && values === "values") {
      return this.#labelValues(decodeSegment(label ?? ""), parameters);
    }
    switch (segments.join("/")) {
      case "query_range":
        return this.#queryRange(parameters, isCategorized(request));
      case "query":
        return this.#query(parameters);
      case "labels":
        return this.#labels(parameters);
      case "series":
        return this.#series(parameters);
      case "index/stats":
        return this.#indexStats(parameters);
      default:
        return notFoundReply;
    }
  }

  async #queryRange(parameters: URLSearchParams, categorized: boolean): Promise<Reply> {
    const expr = parseLogql(parameters.get("query") ?? "");
    const { database, now } = this.#settings;
    const range = window(parameters, now());
    const wanted = { limit: limit(parameters), isForward: isForward(parameters) };
    if (expr.kind === "logs") return success(streamsJson(await findLogs(database, expr, range, wanted), categorized));
    const stepNs = step(parameters, range);
    const steps: Steps = { startNs: range.startNs, stepNs, count: Number((range.endNs - range.startNs) / stepNs) + 1 };
    return success(matrixJson(await evaluateMetric(database, expr, steps), steps));
  }

  async #query(parameters: URLSearchParams): Promise<Reply> {
    const expr = parseLogql(parameters.get("query") ?? "");
    const { database, now } = this.#settings;
    const timeNs = time(parameters, "time") ?? BigInt(Math.trunc(now())) * 1_000_000n;
    if (expr.kind === "logs") {
      const advice = "please change your query to a range query type";
      throw new HttpError(400, `log queries are not supported as an instant query type, ${advice}`);
    }
    return success(vectorJson(await evaluateMetric(database, expr, { startNs: timeNs, stepNs: 1n, count: 1 }), timeNs));
  }

  async #labels(parameters: URLSearchParams): Promise<Reply> {
    const streams = await this.#streams(parameters, parameters.getAll("query"));
    return jsonReply(200, { status: "success", data: [...new Set(streams.flatMap(Object.keys))].sort() });
  }

  async #labelValues(label: string, parameters: URLSearchParams): Promise<Reply> {
    const streams = await this.#streams(parameters, parameters.getAll("query"));
    const values = streams.flatMap((stream) => stream[label] ?? []);
    return jsonReply(200, { status: "success", data: [...new Set(values)].sort() });
  }

  async #series(parameters: URLSearchParams): Promise<Reply> {
    const selectors = [...parameters.getAll("match[]"), ...parameters.getAll("match")];
    const streams = await this.#streams(parameters, selectors);
    return jsonReply(200, { status: "success", data: streams });
  }

  /** The distinct streams in the time that one of the selectors takes; all without any. */
  async #streams(parameters: URLSearchParams, selectors: readonly string[]): Promise<LogLabels[]> {
    const exprs = selectors.filter((selector) => selector !== "" && selector !== "{}").map(selectorOf);
    const found = await findStreams(this.#settings.database, window(parameters, this.#settings.now()));
    const taken = exprs.length === 0 ? found : exprs.flatMap((expr) => selectedResources(found, expr));
    return [...new Map(taken.map(({ stream }) => [JSON.stringify(stream), stream])).values()];
  }

  async #indexStats(parameters: URLSearchParams): Promise<Reply> {
    const expr = selectorOf(parameters.get("query") ?? "");
    const range: LogWindow = window(parameters, this.#settings.now());
    const { streams, entries, bytes } = await countLogs(this.#settings.database, expr, range);
    return jsonReply(200, { streams, chunks: streams, bytes, entries });
  }
}

function selectorOf(query: string): LogExpr {
  const expr = parseLogql(query);
  if (expr.kind === "logs") return expr;
  throw new HttpError(400, "only label matchers are supported");
}

/** A header with which Grafana asks for labels and metadata apart. */
function isCategorized({ headers }: Request): boolean {
  return String(headers["x-loki-response-encoding-flags"] ?? "").includes("categorize-labels");
}

function success(data: object): Reply {
  return jsonReply(200, { status: "success", data: { ...data, stats: {} } });
}
