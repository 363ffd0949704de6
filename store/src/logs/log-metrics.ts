import type { Database, Row } from "../database/database.js";
import { LogConditions, selectedResources } from "./log-conditions.js";
import { type LogLabels, type LogResource, readLogResources } from "./log-labels.js";
import { droppedLabels, lineColumns, lineLabels } from "./log-queries.js";
import type { Grouping, LogExpr, MetricExpr } from "./logql/ast.js";

/** The range query could not be answered: it would make too much. */
export class LogLimitError extends Error {
  override readonly name = "LogLimitError";
}

export interface Steps {
  readonly startNs: bigint;
  readonly stepNs: bigint;
  /** At least one; an instant query has one. */
  readonly count: number;
}

export interface LogSeries {
  readonly labels: LogLabels;
  /** One per step; NaN where there is none. */
  readonly values: Float64Array;
}

/** Loki's default. */
const maxSeries = 500;
/** Rows that the database may hand over for one query. */
const maxSlices = 1_000_000;

/** Evaluates a metric query at each step; series in the order of their labels. @throws {LogLimitError} */
export async function evaluateMetric(database: Database, expr: MetricExpr, steps: Steps): Promise<LogSeries[]> {
  const series = await evaluate(database, expr, steps);
  // The database groups in several threads, in any order.
  const keyed = series.map((one) => ({ one, key: JSON.stringify(Object.entries(one.labels).sort()) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ one }) => one);
}

async function evaluate(database: Database, expr: MetricExpr, steps: Steps): Promise<LogSeries[]> {
  if (expr.kind === "vector") {
    return [{ labels: {}, values: new Float64Array(steps.count).fill(expr.value) }];
  }
  if (expr.kind === "range") return evaluateRange(database, expr, undefined, steps);
  const { inner, grouping = { isBy: true, labels: [] } } = expr;
  if (inner.kind === "range" && grouping.isBy) return evaluateRange(database, inner, grouping, steps);
  return sumBy(await evaluate(database, inner, steps), grouping);
}

function sumBy(series: readonly LogSeries[], grouping: Grouping): LogSeries[] {
  const groups = new Map<string, LogSeries>();
  for (const { labels, values } of series) {
    const kept = Object.entries(labels).filter(([name]) => grouping.labels.includes(name) === grouping.isBy);
    const key = JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: Object.fromEntries(kept), values: values.slice() });
    else addTo(group.values, values);
  }
  return [...groups.values()];
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const sum = sums[index] as number;
    sums[index] = Number.isNaN(sum) ? value : sum + value;
  }
}

/**
 * The database counts lines in slices of time as long as step and range have in common; a window is a run of slices. So
 * it hands over a row per slice and series, and not a row per line.
 */
async function evaluateRange(
  database: Database,
  expr: MetricExpr & { kind: "range" },
  grouping: Grouping | undefined,
  { startNs, stepNs, count }: Steps,
): Promise<LogSeries[]> {
  const { logs, rangeNs, offsetNs } = expr;
  const resources = selectedResources(await readLogResources(database), logs);
  if (resources.length === 0) return [];
  // A window takes what lies after its start, up to its end.
  const originNs = startNs - offsetNs - rangeNs;
  const sliceNs = count === 1 ? rangeNs : greatestCommonDivisor(stepNs, rangeNs);
  const conditions = new LogConditions(resources);
  conditions.within(originNs + 1n, originNs + rangeNs + stepNs * BigInt(count - 1) + 1n);
  for (const stage of logs.stages) conditions.add(stage);
  const columns = grouping?.labels.map((label, i) => `${conditions.label(label)} AS label_${i}`) ?? [lineColumns];
  const slice = `(time_ns - ${conditions.bind(originNs)} - 1) // ${conditions.bind(sliceNs)} AS slice`;
  const measure = expr.name.startsWith("bytes") ? "sum(strlen(body))" : "count(*)";
  const rows = await database.read(
    `SELECT ${[...columns, slice].join(", ")}, ${measure}::DOUBLE AS amount
     FROM logs WHERE ${conditions.sql} GROUP BY ALL ORDER BY slice LIMIT ${maxSlices + 1}`,
    conditions.values,
  );
  if (rows.length > maxSlices) throw new LogLimitError("the query makes too many points: take a longer step or range");
  const labelsOf = grouping === undefined ? lineLabelsOf(resources, logs) : groupLabelsOf(grouping);
  const perWindow = expr.name.includes("rate") ? Number(rangeNs) / 1e9 : 1;
  return [...bySeries(rows, labelsOf).values()].map(({ labels, slices }) => {
    const values = windows(slices, count, Number(stepNs / sliceNs), Number(rangeNs / sliceNs));
    return { labels, values: values.map((value) => value / perWindow) };
  });
}

interface Sliced {
  readonly labels: LogLabels;
  /** In order. */
  readonly slices: { readonly slice: number; readonly amount: number }[];
}

function bySeries(rows: readonly Row[], labelsOf: (row: Row) => LogLabels): Map<string, Sliced> {
  const series = new Map<string, Sliced>();
  for (const row of rows) {
    const labels = labelsOf(row);
    const key = JSON.stringify(labels);
    let one = series.get(key);
    if (one === undefined) {
      if (series.size === maxSeries) {
        throw new LogLimitError(
          `maximum number of series (${maxSeries}) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum()`,
        );
      }
      one = { labels, slices: [] };
      series.set(key, one);
    }
    const amount = Number(row.amount);
    const last = one.slices.at(-1);
    const slice = Number(row.slice);
    if (last?.slice === slice) one.slices[one.slices.length - 1] = { slice, amount: last.amount + amount };
    else one.slices.push({ slice, amount });
  }
  return series;
}

function groupLabelsOf({ labels }: Grouping): (row: Row) => LogLabels {
  return (row) => {
    const named = labels.map((label, index) => [label, String(row[`label_${index}`])] as const);
    return Object.fromEntries(named.filter(([, value]) => value !== ""));
  };
}

function lineLabelsOf(resources: readonly LogResource[], logs: LogExpr): (row: Row) => LogLabels {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const dropped = droppedLabels(logs);
  return (row) => {
    const { stream, metadata } = lineLabels(row, byId.get(Number(row.resource_id)), dropped);
    return { ...stream, ...metadata };
  };
}

/** Sums of runs of slices: window `i` takes `length` of them, from `i * step` on. NaN where there is nothing. */
function windows(slices: Sliced["slices"], count: number, step: number, length: number): Float64Array {
  const values = new Float64Array(count).fill(Number.NaN);
  let first = 0;
  let next = 0;
  let sum = 0;
  for (let window = 0; window < count; window++) {
    const from = window * step;
    for (; next < slices.length && (slices[next]?.slice ?? 0) < from + length; next++) sum += slices[next]?.amount ?? 0;
    for (; first < next && (slices[first]?.slice ?? 0) < from; first++) sum -= slices[first]?.amount ?? 0;
    if (first < next) values[window] = sum;
  }
  return values;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
