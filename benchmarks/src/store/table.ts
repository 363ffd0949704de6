import type { QueryMeasurement } from "./query-phase.js";
import type { SampleMeasurement } from "./sample-phase.js";
import { median, type SpanMeasurement } from "./span-phase.js";
import type { StartMeasurement } from "./start-phase.js";

export interface StoreResults {
  readonly spans: readonly SpanMeasurement[];
  readonly samples: readonly SampleMeasurement[];
  readonly memory: readonly SampleMeasurement[];
  readonly queries: readonly QueryMeasurement[];
  readonly start: readonly StartMeasurement[];
}

/** Medians of all rounds as Markdown tables, ours beside the others. */
export function storeTable(results: StoreResults): string {
  return [
    spanTable(results.spans),
    sampleTable([...results.samples, ...results.memory]),
    queryTable(results.queries),
    startTable(results.start),
  ]
    .filter((table) => table !== "")
    .join("\n\n");
}

function spanTable(all: readonly SpanMeasurement[]): string {
  if (all.length === 0) return "";
  const rows = groups(all, (one) => one.server).map(([server, list]) => {
    const of = (value: (one: SpanMeasurement) => number): number => median(list.map(value));
    const bytes = list[0]?.bytesPerSpan === undefined ? "–" : of((one) => one.bytesPerSpan ?? 0).toFixed(1);
    return `| ${server} | ${Math.round(of((one) => one.spansPerSecond)).toLocaleString("en")} | ${of((one) => one.cpuMicrosPerSpan).toFixed(1)} | ${bytes} | ${of((one) => one.searchMs).toFixed(0)} | ${megabytes(of((one) => one.peakRssBytes))} |`;
  });
  return `| spans over OTLP/HTTP | a second | µs CPU a span | bytes on disk a span | search meanwhile, ms | peak RSS, MB |\n|---|---|---|---|---|---|\n${rows.join("\n")}`;
}

function sampleTable(all: readonly SampleMeasurement[]): string {
  if (all.length === 0) return "";
  const rows = groups(all, (one) => `${one.server}, ${one.series} series`).map(([name, list]) => {
    const of = (value: (one: SampleMeasurement) => number): number => median(list.map(value));
    return `| ${name} | ${Math.round(of((one) => one.samplesPerSecond)).toLocaleString("en")} | ${of((one) => one.cpuMicrosPerSample).toFixed(2)} | ${of((one) => one.bytesPerSample).toFixed(2)} | ${megabytes(of((one) => one.peakRssBytes))} |`;
  });
  return `| samples by remote write | a second | µs CPU a sample | bytes on disk a sample | peak RSS, MB |\n|---|---|---|---|---|\n${rows.join("\n")}`;
}

function queryTable(all: readonly QueryMeasurement[]): string {
  if (all.length === 0) return "";
  const rows = groups(all, (one) => one.query).map(([query, list]) => {
    const [ours, theirs] = list.map((one) => one.ms);
    const [p50, other50] = [median(ours ?? []), median(theirs ?? [])];
    return `| \`${query}\` | ${p50.toFixed(0)} | ${other50.toFixed(0)} | ${(p50 / other50).toFixed(2)} |`;
  });
  const of = (server: string): number[] => all.filter((one) => one.server === server).flatMap((one) => one.ms);
  for (const share of [0.5, 0.95]) {
    const [ours, theirs] = [quantile(of("venturi"), share), quantile(of("prometheus"), share)];
    rows.push(`| all, p${share * 100} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(ours / theirs).toFixed(2)} |`);
  }
  return `| query, 10,000 series × 24 h | Venturi, ms | Prometheus, ms | ratio |\n|---|---|---|---|\n${rows.join("\n")}`;
}

function startTable(all: readonly StartMeasurement[]): string {
  if (all.length === 0) return "";
  const of = (value: (one: StartMeasurement) => number): number => median(all.map(value));
  return `| start with ${(of((one) => one.fileBytes) / 1e9).toFixed(2)} GB, ${of((one) => one.spans).toLocaleString("en")} spans, ${of((one) => one.series).toLocaleString("en")} series | ms from the start of the process |\n|---|---|\n| first answer about a trace | ${of((one) => one.firstTraceAnswerMs).toFixed(0)} |\n| first answer about metrics | ${of((one) => one.firstMetricAnswerMs).toFixed(0)} |`;
}

function groups<T>(all: readonly T[], keyOf: (one: T) => string): [string, T[]][] {
  const byKey = new Map<string, T[]>();
  for (const one of all) {
    const list = byKey.get(keyOf(one));
    if (list === undefined) byKey.set(keyOf(one), [one]);
    else list.push(one);
  }
  return [...byKey];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
