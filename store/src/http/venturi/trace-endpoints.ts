import type { Database } from "../../database/database.js";
import { readTraces } from "../../spans/span-queries.js";
import { compareTraces } from "../../spans/trace-compare.js";
import { parseTraceId } from "../jaeger/jaeger-parameters.js";
import { HttpError, jsonReply, notFoundReply, type Reply, wrongMethodReply } from "../reply.js";
import type { Request } from "../request.js";
import { analysisSpans } from "./analysis-spans.js";
import { criticalPathJson } from "./critical-path-json.js";
import { type AnalysisSpan, loadTraceAnalysis, type TraceAnalysis } from "./trace-analysis.js";

export interface TraceEndpointSettings {
  readonly database: Database;
  /** Makes what was accepted visible. */
  readonly flush: () => Promise<void>;
  /** URL of a module with `buildTree` and `criticalPath` of `@venturi/analysis`; without it there are no critical paths. */
  readonly analysisModule?: string | undefined;
}

const prefix = "/api/venturi/traces/";

/** What Jaeger's API has no words for: the critical path of a trace, and two traces compared. */
export class TraceEndpoints {
  readonly #settings: TraceEndpointSettings;
  #analysis: Promise<TraceAnalysis> | undefined;

  constructor(settings: TraceEndpointSettings) {
    this.#settings = settings;
  }

  /** The answer to a path below `/api/venturi/traces/`. */
  async answer(request: Request): Promise<Reply> {
    if (request.method !== "GET" && request.method !== "HEAD") return wrongMethodReply;
    const segments = request.path.slice(prefix.length).split("/");
    try {
      await this.#settings.flush();
      if (segments.join("/") === "compare") return await this.#compare(request.urlParameters);
      if (segments.length === 2 && segments[1] === "critical-path") return await this.#criticalPath(segments[0] ?? "");
      return notFoundReply;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return jsonReply(error.status, { error: error.message });
    }
  }

  async #compare(parameters: URLSearchParams): Promise<Reply> {
    const [a, b] = await Promise.all(["a", "b"].map((name) => this.#read(parameters.get(name) ?? "", name)));
    if (a === undefined || b === undefined) throw new Error("BUG: two traces were asked for");
    return jsonReply(200, { a: summary(a), b: summary(b), paths: compareTraces(a.spans, b.spans) });
  }

  async #criticalPath(id: string): Promise<Reply> {
    const { analysisModule } = this.#settings;
    if (analysisModule === undefined) throw new HttpError(501, "this store was started without the analysis of traces");
    this.#analysis ??= loadTraceAnalysis(analysisModule);
    const { buildTree, criticalPath } = await this.#analysis;
    const trace = await this.#read(id, "id");
    const tree = buildTree(trace);
    if (tree === null) throw new HttpError(422, "no span of the trace can be the root of a request");
    return jsonReply(200, criticalPathJson(trace.traceId, tree, criticalPath(tree)));
  }

  async #read(text: string, name: string): Promise<{ traceId: string; spans: AnalysisSpan[] }> {
    let traceId: string;
    try {
      traceId = parseTraceId(text);
    } catch (cause) {
      throw new HttpError(400, `"${name}" must be a trace id: ${(cause as Error).message}`, { cause });
    }
    const [spans] = await readTraces(this.#settings.database, [traceId]);
    if (spans === undefined) throw new HttpError(404, `trace ${traceId} not found`);
    return { traceId, spans: analysisSpans(spans) };
  }
}

function summary({ traceId, spans }: { traceId: string; spans: readonly AnalysisSpan[] }): object {
  const startUs = Math.min(...spans.map((span) => span.startUs));
  const endUs = Math.max(...spans.map((span) => span.startUs + span.durationUs));
  return { traceId, spans: spans.length, startUs, durationUs: endUs - startUs };
}
