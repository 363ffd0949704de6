import { parseSeries } from "../conformance/series-description.js";
import { ScriptSource } from "../conformance/source.js";
import { Engine, type EngineOptions } from "../engine.js";
import type { SeriesSource } from "../evaluator/source.js";
import type { Labels } from "../labels.js";
import { isLegacyLabelName, METRIC_NAME } from "../labels.js";
import { formatFloat } from "../numbers.js";
import { quote } from "../quote.js";

const ALL_FEATURES = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
} as const;

/** A source of series written as `name{label="x"} 1 2+3x4 _ stale`, one sample a minute from time 0. */
export function sourceOf(...series: string[]): SeriesSource {
  const source = new ScriptSource();
  source.load(60_000, false, series.map(parseSeries));
  return source;
}

/** The result at a minute, one text per element: `name{a="b"} 1`; a scalar is its number alone. */
export async function at(
  minute: number,
  query: string,
  source: SeriesSource,
  options: EngineOptions = {},
): Promise<string[]> {
  const engine = new Engine({ features: ALL_FEATURES, ...options });
  const result = await engine.instant(source, query, minute * 60_000);
  switch (result.resultType) {
    case "vector":
      return result.vector.map(({ labels, value }) => `${show(labels)} ${showNumber(value)}`);
    case "matrix":
      return result.matrix.map(({ labels, values }) => `${show(labels)} ${Array.from(values, showNumber).join(" ")}`);
    case "scalar":
      return [showNumber(result.scalar.value)];
    case "string":
      return [result.string.value];
  }
}

/** The result of a range query with a step of one minute; `_` where a series has no value. */
export async function over(
  fromMinute: number,
  toMinute: number,
  query: string,
  source: SeriesSource,
  options: EngineOptions = {},
): Promise<string[]> {
  const engine = new Engine({ features: ALL_FEATURES, ...options });
  const result = await engine.range(source, query, fromMinute * 60_000, toMinute * 60_000, 60_000);
  if (result.resultType !== "matrix") throw new Error("expected a matrix");
  return result.matrix.map(({ labels, timestampsMs, values }) => {
    const slots: string[] = new Array<string>(toMinute - fromMinute + 1).fill("_");
    for (const [i, timeMs] of timestampsMs.entries()) slots[timeMs / 60_000 - fromMinute] = showNumber(values[i]!);
    return `${show(labels)} ${slots.join(" ")}`;
  });
}

/** The text of the error a query fails with. */
export async function failureAt(
  minute: number,
  query: string,
  source: SeriesSource,
  options: EngineOptions = {},
): Promise<string> {
  try {
    await at(minute, query, source, options);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no error";
}

function showNumber(value: number): string {
  return formatFloat(Number.isFinite(value) ? Number(value.toPrecision(12)) : value);
}

function show(labels: Labels): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== METRIC_NAME)
    .map(([name, value]) => `${isLegacyLabelName(name) ? name : quote(name)}=${quote(value)}`);
  return `${labels[METRIC_NAME] ?? ""}{${pairs.join(",")}}`;
}
