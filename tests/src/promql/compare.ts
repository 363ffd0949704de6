import type { ApiData, ApiHistogram, ApiMatrixSeries, ApiSample, ApiVectorElement } from "@venturi/promql";

/** An answer of the query API, ours or a server's. */
export type Answer = Success | { readonly status: "error"; readonly errorType: string; readonly error: string };

interface Success {
  readonly status: "success";
  readonly data: ApiData;
  readonly warnings?: string[];
  readonly infos?: string[];
}

/** How far two numbers may be apart, relative to the larger one. */
const TOLERANCE = 1e-12;

/** The first difference between two answers, in words; undefined when they are the same. */
export function differenceOf(ours: Answer, theirs: Answer): string | undefined {
  if (ours.status === "error" || theirs.status === "error") {
    const [a, b] = [ours, theirs].map((one) =>
      one.status === "error" ? `${one.errorType}: ${one.error}` : "a result",
    );
    const [kind, other] = [ours, theirs].map((one) => (one.status === "error" ? one.errorType : ""));
    return kind === other ? undefined : `ours ${a}, theirs ${b}`;
  }
  return dataDifference(ours.data, theirs.data) ?? notesDifference(ours, theirs);
}

/** Upstream counts the samples of a note again with every step. */
function essence(note: string): string {
  return note.replace(/ over \d+ samples/, "");
}

/**
 * Of what a binary operator finds fault with in one step, upstream only says the last. And whether hints of counter
 * resets collide depends on which samples its iterators have skipped.
 */
const LAST_ONLY = /for binary operator|during (?:histogram )?(?:addition|subtraction)|conflicting counter resets/;

/** Warnings and infos as sets; the server says ten of each at most. */
function notesDifference(ours: Success, theirs: Success): string | undefined {
  for (const kind of ["warnings", "infos"] as const) {
    const [a, b] = [new Set(ours[kind]?.map(essence)), new Set(theirs[kind]?.map(essence))];
    if (a.size >= 10) continue;
    const found = [...a].find((text) => !b.has(text) && !LAST_ONLY.test(text));
    if (found !== undefined) return `only ours says ${found}`;
    const missing = [...b].find((text) => !a.has(text));
    if (missing !== undefined) return `only theirs says ${missing}`;
  }
  return undefined;
}

function dataDifference(a: ApiData, b: ApiData): string | undefined {
  if (a.resultType !== b.resultType) return `ours is a ${a.resultType}, theirs a ${b.resultType}`;
  if (a.resultType === "scalar") return sampleDifference(a.result as ApiSample, b.result as ApiSample);
  if (a.resultType === "string")
    return JSON.stringify(a.result) === JSON.stringify(b.result) ? undefined : "strings differ";
  return seriesDifference(a.result as Series[], b.result as Series[]);
}

type Series = ApiVectorElement | ApiMatrixSeries;

/** Series are compared by their labels: the order of a vector means nothing. */
function seriesDifference(ours: readonly Series[], theirs: readonly Series[]): string | undefined {
  const others = new Map(theirs.map((one) => [keyOf(one), one]));
  for (const one of ours) {
    const key = keyOf(one);
    const other = others.get(key);
    if (other === undefined) return `only ours has ${key}`;
    const found = pointsDifference(one, other);
    if (found !== undefined) return `${key}: ${found}`;
    others.delete(key);
  }
  const [missing] = others.keys();
  return missing === undefined ? undefined : `only theirs has ${missing}`;
}

function keyOf({ metric }: Series): string {
  return JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pointsDifference(ours: Series, theirs: Series): string | undefined {
  const [a, b] = [pointsOf(ours), pointsOf(theirs)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [point, other] = [a[i], b[i]];
    if (point === undefined || other === undefined) return `ours has ${a.length} points, theirs ${b.length}`;
    if (point[0] !== other[0]) return `ours has a point at ${point[0]}, theirs at ${other[0]}`;
    const [mine, their] = [point[1], other[1]];
    const isSame =
      typeof mine === "string" && typeof their === "string"
        ? isClose(mine, their)
        : typeof mine !== "string" && typeof their !== "string" && isSameHistogram(mine, their);
    if (!isSame) return `at ${point[0]} ours ${JSON.stringify(mine)}, theirs ${JSON.stringify(their)}`;
  }
  return undefined;
}

function pointsOf(one: Series): (readonly [number, string | ApiHistogram])[] {
  if ("value" in one) return [one.value];
  if ("histogram" in one) return [one.histogram];
  const matrix = one as ApiMatrixSeries;
  return [...(matrix.values ?? []), ...(matrix.histograms ?? [])];
}

function isSameHistogram(a: ApiHistogram, b: ApiHistogram): boolean {
  const [left, right] = [a.buckets ?? [], b.buckets ?? []];
  const areSame = left.every((bucket, i) => {
    const other = right[i];
    if (other === undefined) return false;
    return bucket[0] === other[0] && bucket[1] === other[1] && bucket[2] === other[2] && isClose(bucket[3], other[3]);
  });
  return left.length === right.length && areSame && isClose(a.count, b.count) && isClose(a.sum, b.sum);
}

function sampleDifference(ours: ApiSample, theirs: ApiSample): string | undefined {
  return ours[0] === theirs[0] && isClose(ours[1], theirs[1]) ? undefined : `ours ${ours}, theirs ${theirs}`;
}

function isClose(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a.replace("Inf", "Infinity")), Number(b.replace("Inf", "Infinity"))];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}
