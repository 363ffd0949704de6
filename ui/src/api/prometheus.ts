import { getJson } from "./http.js";

export type Labels = Readonly<Record<string, string>>;

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One line of a graph. A native histogram has no values that could be drawn. */
export interface Series {
  readonly labels: Labels;
  /** Seconds since 1970 and value, in order of time. */
  readonly points: readonly (readonly [timeS: number, value: number])[];
}

/** A measured value that names the trace that it comes from. */
export interface Exemplar {
  readonly timeS: number;
  readonly value: number;
  readonly traceId: string;
  readonly series: Labels;
}

type Point = readonly [number, string];

interface Answer<T> {
  readonly data: T;
}

interface Histogram {
  readonly count: string;
  readonly sum: string;
}

type InstantData =
  | {
      readonly resultType: "vector";
      readonly result: readonly {
        readonly metric: Labels;
        readonly value?: Point;
        readonly histogram?: readonly [number, Histogram];
      }[];
    }
  | {
      readonly resultType: "matrix";
      readonly result: readonly { readonly metric: Labels; readonly values?: Point[] }[];
    }
  | { readonly resultType: "scalar"; readonly result: Point }
  | { readonly resultType: "string"; readonly result: Point };

/** Evaluates PromQL now. The values may be NaN. */
export async function instant(query: string, signal: AbortSignal): Promise<Sample[]> {
  const { data } = await getJson<Answer<InstantData>>(`/api/v1/query?${new URLSearchParams({ query })}`, signal);
  if (data.resultType !== "vector") throw new Error(`BUG: "${query}" is no vector`);
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value?.[1] ?? Number.NaN) }));
}

/** One line of a table: a series and its value as text, since it may be a histogram, a string or a range of values. */
export interface TableRow {
  readonly labels: Labels;
  readonly text: string;
}

/** Evaluates PromQL of any type at a time, for people to read. */
export async function table(query: string, timeS: number, signal: AbortSignal): Promise<TableRow[]> {
  const parameters = new URLSearchParams({ query, time: timeS.toFixed(3) });
  const { data } = await getJson<Answer<InstantData>>(`/api/v1/query?${parameters}`, signal);
  if (data.resultType === "scalar" || data.resultType === "string") return [{ labels: {}, text: data.result[1] }];
  if (data.resultType === "matrix") {
    return data.result.map(({ metric, values }) => ({
      labels: metric,
      text: (values ?? []).map(([time, value]) => `${value} @ ${time}`).join("\n"),
    }));
  }
  return data.result.map(({ metric, value, histogram }) => ({
    labels: metric,
    text: histogram ? `histogram: count ${histogram[1].count}, sum ${histogram[1].sum}` : (value?.[1] ?? ""),
  }));
}

/** Evaluates PromQL from `startS` to `endS` every `stepS` seconds. */
export async function range(
  query: string,
  at: { readonly startS: number; readonly endS: number; readonly stepS: number },
  signal: AbortSignal,
): Promise<Series[]> {
  const parameters = new URLSearchParams({
    query,
    start: at.startS.toFixed(3),
    end: at.endS.toFixed(3),
    step: String(at.stepS),
  });
  const { data } = await getJson<
    Answer<{ readonly result: readonly { readonly metric: Labels; readonly values?: readonly Point[] }[] }>
  >(`/api/v1/query_range?${parameters}`, signal);
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    points: (values ?? []).map(([time, value]) => [time, Number(value)] as const),
  }));
}

/** The exemplars of all series that an expression reads, as far as they name a trace. */
export async function exemplars(
  query: string,
  at: { readonly startS: number; readonly endS: number },
  signal: AbortSignal,
): Promise<Exemplar[]> {
  const parameters = new URLSearchParams({ query, start: at.startS.toFixed(3), end: at.endS.toFixed(3) });
  const { data } = await getJson<
    Answer<
      readonly {
        readonly seriesLabels: Labels;
        readonly exemplars: readonly { readonly labels: Labels; readonly value: string; readonly timestamp: number }[];
      }[]
    >
  >(`/api/v1/query_exemplars?${parameters}`, signal);
  return data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars
      .map(({ labels, value, timestamp }) => ({
        timeS: timestamp,
        value: Number(value),
        traceId: labels.trace_id ?? labels.traceID ?? "",
        series: seriesLabels,
      }))
      .filter(({ traceId }) => traceId !== ""),
  );
}

/** A series as PromQL selects it: `name{label="value"}`. */
export function seriesName({ __name__: name = "", ...labels }: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => matcher(label, value));
  return pairs.length === 0 ? name || "{}" : `${name}{${pairs.join(", ")}}`;
}

/** `label="value"` for a selector; names that are not plain ones are quoted, too. */
export function matcher(label: string, value: string): string {
  const plain = /^[a-zA-Z_]\w*$/.test(label);
  return `${plain ? label : JSON.stringify(label)}=${JSON.stringify(value)}`;
}
