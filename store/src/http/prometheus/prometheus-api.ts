import { type Expr, format, parse } from "@venturi/promql";
import { languageFeatures } from "../../language.js";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { RuleManager } from "../../rules/rule-manager.js";
import { notFoundReply, type Reply, wrongMethod } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { failureReply, jsonAnswer, successReply } from "./answer.js";
import type { Endpoint } from "./endpoint.js";
import { exemplarAnswer } from "./exemplar-endpoint.js";
import { QueryEndpoints } from "./query-endpoints.js";
import { queryTree } from "./query-json.js";
import { ruleEndpoints } from "./rule-endpoints.js";
import { SeriesEndpoints } from "./series-endpoints.js";
import { statusEndpoints } from "./status-endpoints.js";

export interface PrometheusApiSettings {
  readonly metrics: MetricStore;
  readonly rules: RuleManager;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly retentionMs: number;
}

const readOrForm = ["GET", "POST"];
const readOnly = ["GET"];

/** The HTTP API of Prometheus: the same paths, parameters, JSON, errors and status codes. */
export class PrometheusApi {
  readonly #endpoints: Readonly<Record<string, Endpoint>>;

  constructor(settings: PrometheusApiSettings) {
    this.#endpoints = endpointsOf(settings);
  }

  /** Answers every path below `/api/v1/`. */
  async answer(request: Request): Promise<Reply> {
    if (request.method === "OPTIONS") return { status: 204, headers: {}, body: "" };
    const segments = request.path.slice("/api/v1/".length).split("/");
    const isLabelValues = segments.length === 3 && segments[0] === "label" && segments[2] === "values";
    const name = isLabelValues ? "label" : segments.join("/");
    const endpoint = Object.hasOwn(this.#endpoints, name) ? this.#endpoints[name] : undefined;
    if (endpoint === undefined) return notFoundReply;
    if (!endpoint.methods.includes(request.method)) return wrongMethod(endpoint.methods);
    try {
      const { parameters, problem: formProblem } = await request.form();
      const label = isLabelValues ? decodeSegment(segments[1] ?? "") : "";
      const { signal, urlParameters: url } = request;
      return successReply(await endpoint.answer({ parameters, formProblem, url, label, signal }));
    } catch (error) {
      return failureReply(error);
    }
  }
}

function endpointsOf({ metrics, rules, now, retentionMs }: PrometheusApiSettings): Record<string, Endpoint> {
  const queries = new QueryEndpoints(metrics, now);
  const series = new SeriesEndpoints(metrics);
  const form = (answer: Endpoint["answer"]): Endpoint => ({ methods: readOrForm, answer });
  const read = (answer: Endpoint["answer"]): Endpoint => ({ methods: readOnly, answer });
  return {
    query: form(({ parameters, signal }) => queries.instant(parameters, signal)),
    query_range: form(({ parameters, signal }) => queries.range(parameters, signal)),
    query_exemplars: form(({ parameters }) => exemplarAnswer(metrics, parameters)),
    format_query: form(({ parameters }) => jsonAnswer(format(parsedQuery(parameters)))),
    parse_query: form(({ parameters }) => jsonAnswer(queryTree(parsedQuery(parameters)))),
    series: form(({ parameters, formProblem }) => series.series(parameters, formProblem)),
    labels: form(({ parameters }) => series.labelNames(parameters)),
    label: read(({ label, parameters }) => series.labelValues(label, parameters)),
    metadata: read(({ parameters }) => series.metadata(parameters)),
    ...statusEndpoints({ metrics, now, retentionMs, configYaml: rules.configYaml }),
    ...ruleEndpoints(rules),
  };
}

function parsedQuery(parameters: URLSearchParams): Expr {
  return parse(parameters.get("query") ?? "", languageFeatures);
}
