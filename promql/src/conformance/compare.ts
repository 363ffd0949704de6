import type { Sample } from "../evaluator/series.js";
import { compact, isSameLayout } from "../histogram/arithmetic.js";
import { boundsMatch, customValuesOf } from "../histogram/bounds.js";
import { formatHistogram } from "../histogram/buckets.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { LabelSet } from "../labels.js";
import type { MatrixSeries, QueryResult } from "../result.js";
import { isStaleNaN } from "../stale.js";
import type { DescribedHistogram } from "./histogram-description.js";
import type { EvalCommand, TextMatch, Times } from "./script.js";
import { type SeriesDescription, showLabels } from "./series-description.js";

const EPSILON = 1e-6;
const MIN_NORMAL = 2.2250738585072014e-308;

/** A difference between what a script expects and what the engine answered. */
export class Mismatch extends Error {
  override readonly name: string = "Mismatch";
}

/** Throws a Mismatch unless the result is the expected one. */
export function compareResult(command: EvalCommand, result: QueryResult): void {
  const { expect } = command;
  switch (result.resultType) {
    case "string":
      if (expect.string !== result.string.value) {
        throw new Mismatch(
          `expected string ${JSON.stringify(expect.string)}, got ${JSON.stringify(result.string.value)}`,
        );
      }
      return;
    case "scalar":
      if (expect.scalar === undefined) throw new Mismatch("expected series, got a scalar");
      requireEqual("scalar", expect.scalar, result.scalar.value);
      return;
    case "vector":
      compareVector(
        command,
        result.vector.map(({ labels, value, histogram }) => ({
          labels: LabelSet.fromRecord(labels),
          sample: histogram ?? value,
        })),
      );
      return;
    case "matrix":
      if (expect.ordered) throw new Mismatch("expected an ordered result, got a matrix");
      compareMatrix(command, result.matrix);
  }
}

function compareVector(command: EvalCommand, vector: readonly { labels: LabelSet; sample: Sample }[]): void {
  const { series: expected, ordered, scalar } = command.expect;
  if (scalar !== undefined) throw new Mismatch("expected a scalar, got a vector");
  const byKey = new Map(expected.map((series, i) => [series.labels.key, { series, i }]));
  for (const [position, { labels, sample }] of vector.entries()) {
    const found = byKey.get(labels.key);
    if (found === undefined) throw new Mismatch(`unexpected ${showLabels(labels)} with value ${show(sample)}`);
    if (ordered && found.i !== position) {
      throw new Mismatch(`expected ${showLabels(labels)} at position ${found.i + 1}, found it at ${position + 1}`);
    }
    requireSame(showLabels(labels), found.series, 0, sample);
  }
  requireAllFound(expected, new Set(vector.map(({ labels }) => labels.key)));
}

function compareMatrix(command: EvalCommand, matrix: readonly MatrixSeries[]): void {
  const { series: expected, scalar, rangeVector } = command.expect;
  if (scalar !== undefined) throw new Mismatch("expected a scalar, got a matrix");
  const times = rangeVector ?? command.times;
  const byKey = new Map(expected.map((series) => [series.labels.key, series]));
  const keys = new Set<string>();
  for (const one of matrix) {
    const labels = LabelSet.fromRecord(one.labels);
    const found = byKey.get(labels.key);
    if (found === undefined) throw new Mismatch(`unexpected ${showLabels(labels)}: ${showPoints(one)}`);
    comparePoints(showLabels(labels), found, one, times);
    keys.add(labels.key);
  }
  requireAllFound(expected, keys);
}

function comparePoints(name: string, expected: SeriesDescription, actual: MatrixSeries, times: Times): void {
  const wanted: number[] = [];
  for (let i = 0; i < expected.values.length; i++) if (expected.present[i] === 1) wanted.push(i);
  if (wanted.length !== actual.values.length) {
    throw new Mismatch(`expected ${wanted.length} points for ${name}, got ${showPoints(actual)}`);
  }
  for (const [at, i] of wanted.entries()) {
    const timeMs = times.startMs + i * times.stepMs;
    if (timeMs > times.endMs) throw new Mismatch(`the script expects more points for ${name} than the range has steps`);
    if (actual.timestampsMs[at] !== timeMs) {
      throw new Mismatch(`expected point ${at} of ${name} at ${timeMs} ms, got ${showPoints(actual)}`);
    }
    requireSame(`${name} at ${timeMs} ms`, expected, i, actual.histograms?.[at] ?? actual.values[at]!);
  }
}

function show(sample: Sample): string {
  return typeof sample === "number" ? String(sample) : `${formatHistogram(sample)} hint ${sample.counterResetHint}`;
}

function showPoints({ timestampsMs, values, histograms }: MatrixSeries): string {
  return `[${Array.from(values, (value, i) => `${show(histograms?.[i] ?? value)}@${timestampsMs[i]!}`).join(" ")}]`;
}

function requireAllFound(expected: readonly SeriesDescription[], found: ReadonlySet<string>): void {
  for (const { labels } of expected) {
    if (!found.has(labels.key)) throw new Mismatch(`expected ${showLabels(labels)}, not found`);
  }
}

/** Throws unless the sample is the one a script expects at a place of a series. */
function requireSame(what: string, expected: SeriesDescription, at: number, actual: Sample): void {
  const described = expected.histograms?.[at];
  if (described === undefined && typeof actual === "number") {
    requireEqual(what, expected.values[at]!, actual);
    return;
  }
  const wanted = described?.histogram ?? expected.values[at]!;
  if (described !== undefined && typeof actual !== "number" && isAlmostSame(described, actual)) return;
  throw new Mismatch(`expected ${show(wanted)} for ${what}, got ${show(actual)}`);
}

function isAlmostSame({ histogram, hintGiven }: DescribedHistogram, actual: FloatHistogram): boolean {
  const [a, b] = [compact(histogram), compact(actual)];
  const areAlmostEqual = (left: Float64Array, right: Float64Array): boolean =>
    left.length === right.length && left.every((value, i) => isAlmostEqual(value, right[i]!));
  return (
    a.schema === b.schema &&
    isAlmostEqual(a.count, b.count) &&
    isAlmostEqual(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    isAlmostEqual(a.zeroCount, b.zeroCount) &&
    boundsMatch(customValuesOf(a), customValuesOf(b)) &&
    isSameLayout(a.positiveSpans, b.positiveSpans) &&
    isSameLayout(a.negativeSpans, b.negativeSpans) &&
    areAlmostEqual(a.positiveBuckets, b.positiveBuckets) &&
    areAlmostEqual(a.negativeBuckets, b.negativeBuckets) &&
    (!hintGiven || a.counterResetHint === b.counterResetHint)
  );
}

function requireEqual(what: string, expected: number, actual: number): void {
  if (!isAlmostEqual(expected, actual)) throw new Mismatch(`expected ${expected} for ${what}, got ${actual}`);
}

function isAlmostEqual(a: number, b: number): boolean {
  if (isStaleNaN(a) || isStaleNaN(b)) return isStaleNaN(a) && isStaleNaN(b);
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const diff = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < EPSILON * MIN_NORMAL;
  return diff / Math.min(sum, Number.MAX_VALUE) < EPSILON;
}

/** Throws a Mismatch unless warnings and infos are the expected ones. */
export function compareAnnotations(command: EvalCommand, result: QueryResult): void {
  const { warns, infos, noWarn, noInfo } = command.expect;
  compareTexts("warning", warns, result.warnings);
  compareTexts("info", infos, result.infos);
  if (noWarn && result.warnings.length > 0) throw new Mismatch(`unexpected warnings: ${result.warnings.join("; ")}`);
  if (noInfo && result.infos.length > 0) throw new Mismatch(`unexpected infos: ${result.infos.join("; ")}`);
}

function compareTexts(level: string, expected: readonly TextMatch[], actual: readonly string[]): void {
  if (expected.length === 0) return;
  for (const one of expected) {
    if (!actual.some((text) => one.matches(text))) {
      throw new Mismatch(`expected ${level} ${one.shown}, got ${JSON.stringify(actual)}`);
    }
  }
  const surplus = actual.find((text) => !expected.some((one) => one.matches(text)));
  if (surplus !== undefined) throw new Mismatch(`unexpected ${level} ${JSON.stringify(surplus)}`);
}
