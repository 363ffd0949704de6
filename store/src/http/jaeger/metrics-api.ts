import { type ApiMatrixSeries, Engine, PromqlError, toApiMatrixSeries } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import { HttpError, type Reply } from "../reply.js";
import { formatGoDuration, parseGoFloat, quoted } from "./go-text.js";
import { booleanParameter, unitsParameter } from "./jaeger-parameters.js";

/** As the span metrics connector names them once they are Prometheus' series. */
const callsName = "traces_span_metrics_calls_total";
const bucketsName = "traces_span_metrics_duration_milliseconds_bucket";

const msNs = 1_000_000n;
const queryTimeoutMs = 120_000;
const maxSteps = 11_000;

const kinds: Readonly<Record<string, string>> = {
  unspecified: "SPAN_KIND_UNSPECIFIED",
  internal: "SPAN_KIND_INTERNAL",
  server: "SPAN_KIND_SERVER",
  client: "SPAN_KIND_CLIENT",
  producer: "SPAN_KIND_PRODUCER",
  consumer: "SPAN_KIND_CONSUMER",
};

interface MetricsQuery {
  /** PromQL's matchers, without braces. */
  readonly selector: string;
  readonly groupBy: string;
  /** What rates are taken over, as PromQL writes it. */
  readonly range: string;
  readonly isByOperation: boolean;
  readonly endMs: number;
  readonly startMs: number;
  readonly stepMs: number;
}

interface MetricJson {
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly metricPoints: readonly {
    readonly gaugeValue: { readonly doubleValue: number | string };
    readonly timestamp: string;
  }[];
}

/** What Jaeger's Monitor page asks: rates, errors and latencies of services, from what the span metrics connector counts. */
export class MetricsApi {
  readonly #metrics: MetricStore;
  readonly #engine: Engine;
  readonly #now: () => number;

  constructor(metrics: MetricStore, now: () => number) {
    this.#metrics = metrics;
    this.#engine = new Engine({ timeoutMs: queryTimeoutMs, now });
    this.#now = now;
  }

  async answer(name: string, parameters: URLSearchParams, signal: AbortSignal, indent: number): Promise<Reply> {
    if (name === "minstep") return reply({ data: 1, total: 0, limit: 0, offset: 0, errors: null }, indent);
    const quantile = name === "latencies" ? quantileOf(parameters) : 0;
    const query = this.#parse(parameters);
    if (name === "calls") {
      return this.#family(
        query,
        "service_call_rate",
        "calls/sec, grouped by service",
        await this.#calls(query, signal),
        indent,
      );
    }
    if (name === "errors") {
      const help = "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service";
      return this.#family(query, "service_error_rate", help, await this.#errors(query, signal), indent);
    }
    const buckets = `sum(rate(${bucketsName}{${query.selector}}[${query.range}])) by (${query.groupBy},le)`;
    const values = await this.#run(`histogram_quantile(${quantile.toFixed(2)}, ${buckets})`, query, signal);
    const help = `${quantile.toFixed(2)}th quantile latency, grouped by service`;
    return this.#family(query, "service_latencies", help, values, indent);
  }

  #calls(query: MetricsQuery, signal: AbortSignal): Promise<MetricJson[]> {
    return this.#run(rate(query, ""), query, signal);
  }

  /** Without any error there are no series of errors; a service with calls then has a rate of zero. */
  async #errors(query: MetricsQuery, signal: AbortSignal): Promise<MetricJson[]> {
    const failed = rate(query, 'status_code = "STATUS_CODE_ERROR", ');
    const prefix = "failed getting error metrics: ";
    const errors = await this.#run(`${failed} / ${rate(query, "")}`, query, signal, prefix);
    if (errors.length > 0) return errors;
    const calls = await this.#calls(query, signal);
    return calls.map(({ labels, metricPoints }) => {
      return { labels, metricPoints: metricPoints.map((point) => ({ ...point, gaugeValue: { doubleValue: 0 } })) };
    });
  }

  async #run(promql: string, query: MetricsQuery, signal: AbortSignal, prefix = ""): Promise<MetricJson[]> {
    const { startMs, endMs, stepMs } = query;
    const fail = (text: string, cause?: unknown): HttpError => {
      return new HttpError(500, `${prefix}failed executing metrics query: ${text}`, { cause });
    };
    const problem = rangeProblem(query);
    if (problem !== undefined) throw fail(`bad_data: ${problem}`);
    try {
      const result = await this.#engine.range(this.#metrics, promql, startMs, endMs, stepMs, signal);
      return result.resultType === "matrix" ? result.matrix.map(toApiMatrixSeries).map(metricJson) : [];
    } catch (cause) {
      if (!(cause instanceof PromqlError)) throw cause;
      throw fail(prometheusText(cause), cause);
    }
  }

  #family(query: MetricsQuery, name: string, help: string, metrics: MetricJson[], indent: number): Reply {
    return reply(
      {
        name: query.isByOperation ? name.replace("service", "service_operation") : name,
        type: "GAUGE",
        help: query.isByOperation ? `${help} & operation` : help,
        metrics,
      },
      indent,
    );
  }

  #parse(parameters: URLSearchParams): MetricsQuery {
    const services = parameters.getAll("service");
    if (services.length === 0) throw wrong("service", "please provide at least one service name");
    const isByOperation = booleanParameter(parameters, "groupByOperation");
    const spanKinds = parameters.has("spanKind") ? parameters.getAll("spanKind").map(kindOf) : [kinds.server];
    const nowNs = BigInt(Math.trunc(this.#now())) * msNs;
    const endNs = unitsParameter(parameters, "endTs", msNs, nowNs);
    const lookbackNs = unitsParameter(parameters, "lookback", msNs, 3_600_000n * msNs);
    const stepNs = unitsParameter(parameters, "step", msNs, 5000n * msNs);
    const rateNs = unitsParameter(parameters, "ratePer", msNs, 600_000n * msNs);
    return {
      selector: `service_name =~ ${quoted(services.join("|"))}, span_kind =~ ${quoted(spanKinds.join("|"))}`,
      groupBy: isByOperation ? "service_name,span_name" : "service_name",
      // PromQL takes the first unit of a Go duration, as in "1h" of "1h5m0s".
      range: /^[^a-zµ]*[a-zµ]/.exec(formatGoDuration(rateNs))?.[0] ?? "",
      isByOperation,
      endMs: Number(endNs / msNs),
      startMs: Number((endNs - lookbackNs) / msNs),
      stepMs: Number(stepNs / msNs),
    };
  }
}

/** An error as Prometheus' API would have told it to Jaeger. */
function prometheusText({ kind, message }: PromqlError): string {
  if (kind === "bad_data") return `bad_data: invalid parameter "query": ${message}`;
  return `${kind === "timeout" || kind === "canceled" ? kind : "execution"}: ${message}`;
}

/** Prometheus' own checks of a range query, with its words as Jaeger hands them on. */
function rangeProblem({ startMs, endMs, stepMs }: MetricsQuery): string | undefined {
  if (endMs < startMs) return 'invalid parameter "end": end timestamp must not be before start time';
  if (stepMs <= 0) {
    const text = "zero or negative query resolution step widths are not accepted. Try a positive integer";
    return `invalid parameter "step": ${text}`;
  }
  if ((endMs - startMs) / stepMs <= maxSteps) return undefined;
  return "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)";
}

function rate({ selector, range, groupBy }: MetricsQuery, extra: string): string {
  return `sum(rate(${callsName}{${extra}${selector}}[${range}])) by (${groupBy})`;
}

function quantileOf(parameters: URLSearchParams): number {
  try {
    return parseGoFloat(parameters.get("quantile") ?? "");
  } catch (cause) {
    throw wrong("quantile", (cause as Error).message);
  }
}

function kindOf(name: string): string {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw wrong("spanKind", `unsupported span kind: '${name}'`);
  return kind;
}

function wrong(name: string, problem: string): HttpError {
  return new HttpError(400, `unable to parse param '${name}': ${problem}`);
}

function metricJson({ metric, values = [] }: ApiMatrixSeries): MetricJson {
  return {
    labels: Object.entries(metric).map(([name, value]) => ({ name: name === "span_name" ? "operation" : name, value })),
    metricPoints: values.map(([seconds, text]) => ({
      gaugeValue: { doubleValue: doubleJson(text) },
      timestamp: new Date(Math.round(seconds * 1000)).toISOString().replace(/\.000Z$/, "Z"),
    })),
  };
}

/** Protobuf's JSON has names for what is no number. */
function doubleJson(text: string): number | string {
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  return text === "NaN" ? "NaN" : text === "-Inf" ? "-Infinity" : "Infinity";
}

function reply(value: unknown, indent: number): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value, null, indent) };
}
