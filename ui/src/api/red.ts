import { instant, range, type Sample, type Series } from "./prometheus.js";

/** Rate, errors and duration of one operation or one whole service. */
export interface Red {
  /** Requests per second. */
  readonly rate: number;
  /** Share of the requests that failed, 0 to 1. */
  readonly errors: number;
  /** Microseconds; NaN while there was no request. */
  readonly p50Us: number;
  /** Microseconds; NaN while there was no request. */
  readonly p95Us: number;
}

export interface OperationRed extends Red {
  readonly operation: string;
}

export interface ServiceRed extends Red {
  /** The `job` label: namespace/name, or the name alone. */
  readonly job: string;
  /** "http": measured by the service for every request. "spans": derived from the spans that arrived. */
  readonly source: "http" | "spans";
  readonly operations: readonly OperationRed[];
}

/** The four expressions, for whole services (`by` = one label) or for operations (`by` = all labels). */
interface Source {
  readonly name: ServiceRed["source"];
  readonly jobLabel: string;
  readonly operationLabels: readonly string[];
  readonly count: string;
  readonly errors: string;
  readonly buckets: string;
  /** Multiplies a bucket bound to get microseconds. */
  readonly toUs: number;
}

const http: Source = {
  name: "http",
  jobLabel: "job",
  operationLabels: ["http_request_method", "http_route"],
  count: "http_server_request_duration_seconds_count",
  errors: `http_server_request_duration_seconds_count{http_response_status_code=~"5.."}`,
  buckets: "http_server_request_duration_seconds_bucket",
  toUs: 1_000_000,
};

const inbound = `span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"`;

const spans: Source = {
  name: "spans",
  jobLabel: "service_name",
  operationLabels: ["span_name"],
  count: `traces_span_metrics_calls_total{${inbound}}`,
  errors: `traces_span_metrics_calls_total{${inbound}, status_code="STATUS_CODE_ERROR"}`,
  buckets: `traces_span_metrics_duration_milliseconds_bucket{${inbound}}`,
  toUs: 1000,
};

/**
 * RED per service and operation over the last `window` (a Prometheus duration): from the services' own HTTP metrics, and
 * from span metrics for services that have none, such as queue workers.
 */
export async function readRed(window: string, signal: AbortSignal): Promise<ServiceRed[]> {
  const [measured, derived] = await Promise.all([http, spans].map((source) => readSource(source, window, signal)));
  const names = new Set(measured?.map((service) => shortName(service.job)));
  const others = derived?.filter((service) => !names.has(shortName(service.job))) ?? [];
  return [...(measured ?? []), ...others].sort((a, b) => b.rate - a.rate);
}

/** The service's name without its namespace: what Jaeger calls it. */
export function shortName(job: string): string {
  return job.slice(job.lastIndexOf("/") + 1);
}

/** How a service's figures went, in the units of {@link Red}. */
export interface RedTrend {
  readonly rate: Series["points"];
  readonly errors: Series["points"];
  readonly p95Us: Series["points"];
}

/** RED over time by the `job` of {@link readRed}. */
export async function readRedTrends(
  at: { readonly startS: number; readonly endS: number; readonly stepS: number },
  signal: AbortSignal,
): Promise<Map<string, RedTrend>> {
  const [measured = [], derived = []] = await Promise.all([http, spans].map((source) => trendsOf(source, at, signal)));
  return new Map([...derived, ...measured]);
}

async function trendsOf(
  { jobLabel, count, errors, buckets, toUs }: Source,
  at: Parameters<typeof readRedTrends>[0],
  signal: AbortSignal,
): Promise<[string, RedTrend][]> {
  const window = `${Math.max(60, at.stepS * 2)}s`;
  const total = (series: string): string => `sum by (${jobLabel}) (rate(${series}[${window}]))`;
  const [rates, shares, quantiles] = await Promise.all([
    range(total(count), at, signal),
    range(`${total(errors)} / (${total(count)} > 0)`, at, signal),
    range(`${toUs} * histogram_quantile(0.95, sum by (le, ${jobLabel}) (rate(${buckets}[${window}])))`, at, signal),
  ]);
  const of = (series: readonly Series[], job: string): Series["points"] =>
    series.find(({ labels }) => labels[jobLabel] === job)?.points ?? [];
  return rates.map(({ labels, points }) => {
    const job = labels[jobLabel] ?? "";
    return [job, { rate: points, errors: of(shares, job), p95Us: of(quantiles, job) }];
  });
}

async function readSource(source: Source, window: string, signal: AbortSignal): Promise<ServiceRed[]> {
  const [services, operations] = await Promise.all(
    [[source.jobLabel], [source.jobLabel, ...source.operationLabels]].map((by) =>
      readTable(source, by, window, signal),
    ),
  );
  return [...(services ?? [])].map(([key, red]) => ({
    job: JSON.parse(key)[0] as string,
    source: source.name,
    ...red,
    operations: [...(operations ?? [])]
      .map(([operationKey, value]) => ({ labels: JSON.parse(operationKey) as string[], value }))
      .filter(({ labels }) => labels[0] === JSON.parse(key)[0])
      .map(({ labels, value }) => ({ operation: labels.slice(1).filter(Boolean).join(" ") || "(no route)", ...value }))
      .sort((a, b) => b.rate - a.rate),
  }));
}

async function readTable(
  source: Source,
  by: readonly string[],
  window: string,
  signal: AbortSignal,
): Promise<Map<string, Red>> {
  const group = by.join(", ");
  const quantile = (q: number): string =>
    `histogram_quantile(${q}, sum by (le, ${group}) (rate(${source.buckets}[${window}])))`;
  const [count, errors, p50, p95] = await Promise.all([
    instant(`sum by (${group}) (rate(${source.count}[${window}])) > 0`, signal),
    instant(`sum by (${group}) (rate(${source.errors}[${window}]))`, signal),
    instant(quantile(0.5), signal),
    instant(quantile(0.95), signal),
  ]);
  return joinRed(by, { count, errors, p50, p95 }, source.toUs);
}

/** Joins the four answers on their labels. The keys are the labels' values as a JSON array, in the order of `by`. */
export function joinRed(
  by: readonly string[],
  answers: Readonly<Record<"count" | "errors" | "p50" | "p95", readonly Sample[]>>,
  toUs: number,
): Map<string, Red> {
  const keyOf = (sample: Sample): string => JSON.stringify(by.map((label) => sample.labels[label] ?? ""));
  const index = (samples: readonly Sample[]): Map<string, number> => new Map(samples.map((s) => [keyOf(s), s.value]));
  const [errors, p50, p95] = [index(answers.errors), index(answers.p50), index(answers.p95)];
  return new Map(
    answers.count.map((sample) => {
      const key = keyOf(sample);
      return [
        key,
        {
          rate: sample.value,
          errors: (errors.get(key) ?? 0) / sample.value,
          p50Us: (p50.get(key) ?? Number.NaN) * toUs,
          p95Us: (p95.get(key) ?? Number.NaN) * toUs,
        },
      ];
    }),
  );
}
