import { PromqlError } from "../errors.js";
import { sampleCountOf } from "../histogram/arithmetic.js";
import { LabelSet } from "../labels.js";
import type { Matcher } from "../matcher.js";
import { childrenOf, type Expr, type MatrixSelector, type SubqueryExpr, type VectorSelector } from "../parser/ast.js";
import { type Budget, mapInSlices } from "./budget.js";
import type { EvalOptions } from "./context.js";
import type { Grid } from "./grid.js";
import { RawSeries } from "./raw-series.js";
import type { SampleSeries, SeriesSource } from "./source.js";
import { subqueryGrid } from "./subquery-grid.js";

interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export type SelectedSeries = ReadonlyMap<VectorSelector, readonly RawSeries[]>;

/** Reads what every selector of a plan needs, equal selections once, all at the same time. */
export async function prefetch(
  plan: Expr,
  grid: Grid,
  source: SeriesSource,
  options: EvalOptions,
  budget: Budget,
): Promise<SelectedSeries> {
  const ranges = new Map<VectorSelector, TimeRange>();
  collect(plan, grid, options, ranges);
  const reads = new Map<string, Promise<RawSeries[]>>();
  const selected = new Map<VectorSelector, readonly RawSeries[]>();
  await Promise.all(
    [...ranges].map(async ([selector, range]) => {
      const key = JSON.stringify([selector.matchers, range]);
      let read = reads.get(key);
      if (read === undefined) {
        read = readSeries(source, selector.matchers, range, options, budget);
        reads.set(key, read);
      }
      selected.set(selector, await read);
    }),
  );
  return selected;
}

async function readSeries(
  source: SeriesSource,
  matchers: readonly Matcher[],
  range: TimeRange,
  options: EvalOptions,
  budget: Budget,
): Promise<RawSeries[]> {
  const found = await select(source, matchers, range);
  budget.check();
  let samples = 0;
  for (const series of found) samples += sampleCount(series);
  budget.take(samples);
  return mapInSlices(budget, found, 100, ({ labels, timestampsMs, values, startTimestampsMs, histograms }) => {
    const startTimes = options.startTimestamps ? startTimestampsMs : undefined;
    return new RawSeries(LabelSet.fromRecord(labels), { times: timestampsMs, values, startTimes, histograms });
  });
}

function sampleCount({ values, histograms }: SampleSeries): number {
  if (histograms === undefined) return values.length;
  return histograms.reduce((sum, one) => sum + (one === undefined ? 1 : sampleCountOf(one)), 0);
}

async function select(source: SeriesSource, matchers: readonly Matcher[], range: TimeRange): Promise<SampleSeries[]> {
  try {
    return await source.select(matchers, range.startMs, range.endMs);
  } catch (cause) {
    if (cause instanceof PromqlError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PromqlError("execution", `expanding series: ${reason}`, undefined, { cause });
  }
}

/** Notes the time range of each selector below an expression that is evaluated on the grid. */
function collect(expr: Expr, grid: Grid, options: EvalOptions, ranges: Map<VectorSelector, TimeRange>): void {
  if (grid.steps === 0) return;
  switch (expr.kind) {
    case "vector-selector": {
      const { lookbackDeltaMs } = options;
      const after = expr.extension === "smoothed" ? lookbackDeltaMs : 0;
      ranges.set(expr, rangeOf(expr, grid, lookbackDeltaMs, after));
      return;
    }
    case "matrix-selector":
      ranges.set(expr.selector, matrixRange(expr, grid, options));
      return;
    case "subquery":
      collect(expr.expr, subqueryGrid(expr as SubqueryExpr, grid, options), options, ranges);
      return;
    case "step-invariant":
      collect(expr.expr, grid.first(), options, ranges);
      return;
    default:
      for (const child of childrenOf(expr)) collect(child, grid, options, ranges);
  }
}

function matrixRange(expr: MatrixSelector, grid: Grid, options: EvalOptions): TimeRange {
  const { extension } = expr.selector;
  const before = expr.rangeMs + (extension === undefined ? 0 : options.lookbackDeltaMs);
  const after = extension === "smoothed" ? options.lookbackDeltaMs : 0;
  return rangeOf(expr.selector, grid, before, after);
}

/** Ranges are open at their start: a sample exactly there is not read. */
function rangeOf(selector: VectorSelector, grid: Grid, beforeMs: number, afterMs: number): TimeRange {
  const { at, offsetMs } = selector;
  const first = at?.kind === "time" ? at.timeMs : grid.startMs;
  const last = at?.kind === "time" ? at.timeMs : grid.endMs;
  return { startMs: first - offsetMs - Math.trunc(beforeMs) + 1, endMs: last - offsetMs + afterMs };
}
