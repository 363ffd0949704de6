import { type FloatHistogram, isStaleNaN, type Matcher, type SampleSeries } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import { sortedPairs } from "../../rules/labels.js";
import { formatGeneral } from "../../rules/template/print.js";
import { type BodyStream, type Reply, textReply, wrongMethodReply } from "../reply.js";
import type { Request } from "../request.js";
import { parsedSelector, SelectorError } from "./selectors.js";

const lookbackMs = 300_000;
const customSchema = -53;
const contentType = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";

interface Newest {
  readonly name: string;
  /** Without the name, in order. */
  readonly labels: readonly (readonly [string, string])[];
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/**
 * `/federate`: the newest sample of every series that some `match[]` selects, in the text format. Native histograms with
 * exponential buckets have no text and are left out, as Prometheus leaves them out of it.
 */
export async function federate(request: Request, metrics: MetricStore, nowMs: number): Promise<Reply> {
  if (request.method !== "GET" && request.method !== "HEAD") return wrongMethodReply;
  let selectors: (readonly Matcher[])[];
  try {
    selectors = request.urlParameters.getAll("match[]").map(parsedSelector);
  } catch (cause) {
    if (cause instanceof SelectorError) return textReply(400, `${cause.message}\n`);
    throw cause;
  }
  const found = new Map<SampleSeries["labels"], Newest>();
  for (const matchers of selectors) {
    for (const series of await metrics.select(matchers, nowMs - lookbackMs, nowMs)) {
      const newest = newestOf(series);
      if (newest !== undefined) found.set(series.labels, newest);
    }
  }
  const sorted = [...found.values()].sort((a, b) => compare(a.name, b.name) || compareLabels(a.labels, b.labels));
  return { status: 200, headers: { "content-type": contentType }, body: families(sorted) };
}

function newestOf({ labels, timestampsMs, values, histograms }: SampleSeries): Newest | undefined {
  const last = timestampsMs.length - 1;
  const histogram = histograms?.[last];
  const value = values[last] ?? Number.NaN;
  if (last < 0 || isStaleNaN(histogram?.sum ?? value)) return undefined;
  if (histogram !== undefined && histogram.schema !== customSchema) return undefined;
  const pairs = sortedPairs(labels).filter(([name]) => name !== "__name__");
  return { name: labels.__name__ ?? "", labels: pairs, timestampMs: timestampsMs[last] as number, value, histogram };
}

async function* families(samples: readonly Newest[]): BodyStream {
  let family = "";
  let text = "";
  for (const sample of samples) {
    const type = sample.histogram === undefined ? "untyped" : "histogram";
    if (family !== `${type} ${sample.name}`) {
      family = `${type} ${sample.name}`;
      text += `# TYPE ${isPlainName(sample.name) ? sample.name : quoted(sample.name)} ${type}\n`;
    }
    text += sample.histogram === undefined ? line(sample, sample.name, sample.value) : histogramLines(sample);
    if (text.length < 65_536) continue;
    yield text;
    text = "";
  }
  yield text;
}

function histogramLines(sample: Newest): string {
  const { name } = sample;
  const histogram = sample.histogram as FloatHistogram;
  const counts = countsByBucket(histogram);
  let text = "";
  let cumulative = 0;
  for (const [index, bound] of (histogram.customValues ?? []).entries()) {
    cumulative += counts.get(index) ?? 0;
    text += line(sample, `${name}_bucket`, cumulative, ["le", formatGeneral(bound)]);
  }
  text += line(sample, `${name}_bucket`, histogram.count, ["le", "+Inf"]);
  return text + line(sample, `${name}_sum`, histogram.sum) + line(sample, `${name}_count`, histogram.count);
}

function countsByBucket({ positiveSpans, positiveBuckets }: FloatHistogram): Map<number, number> {
  const counts = new Map<number, number>();
  let index = 0;
  let at = 0;
  for (const { offset, length } of positiveSpans) {
    index += offset;
    for (let i = 0; i < length; i++) counts.set(index++, positiveBuckets[at++] ?? 0);
  }
  return counts;
}

/** One sample; a series without `instance` says so, or the server that scrapes this one would add its own. */
function line(sample: Newest, name: string, value: number, more?: readonly [string, string]): string {
  const labels = [...sample.labels];
  if (!labels.some(([label]) => label === "instance")) labels.push(["instance", ""]);
  if (more !== undefined) labels.push(more);
  const parts = labels.map(([label, text]) => `${isPlainLabel(label) ? label : quoted(label)}=${quoted(text)}`);
  const head = isPlainName(name) ? `${name}{${parts.join(",")}}` : `{${[quoted(name), ...parts].join(",")}}`;
  return `${head} ${formatGeneral(value)} ${sample.timestampMs}\n`;
}

function isPlainName(name: string): boolean {
  return /^[A-Za-z_:][\w:]*$/.test(name);
}

function isPlainLabel(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

function compareLabels(a: Newest["labels"], b: Newest["labels"]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const [x, y] = [a[index] as readonly [string, string], b[index] as readonly [string, string]];
    const order = compare(x[0], y[0]) || compare(x[1], y[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
