import { parseDurationMs } from "../duration.js";
import { isLegacyMetricName, LabelSet, METRIC_NAME } from "../labels.js";
import { parseNumber } from "../numbers.js";
import { Lexer } from "../parser/lexer.js";
import type { Token } from "../parser/token.js";
import { unquote } from "../quote.js";
import { staleNaN } from "../stale.js";
import { type DescribedHistogram, expandHistograms } from "./histogram-description.js";

/** A line of a script: a series and its values, `undefined` where there is none. */
export interface SeriesDescription {
  readonly labels: LabelSet;
  /** Values through Float64Array, so that staleness markers survive; `present[i]` is 0 for omitted ones. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** Parallel to the values, set where a histogram stands; left out when there is none. */
  readonly histograms?: readonly (DescribedHistogram | undefined)[];
}

/** Histograms have spaces inside. */
const ITEMS = /\{\{.*?\}\}(?:[+-]\{\{.*?\}\})?(?:x\d+)?|\S+/g;

/** Reads `metric{label="x"} 1 2+3x4 _ stale`. */
export function parseSeries(line: string): SeriesDescription {
  const { labels, rest } = parseMetric(line);
  const values: number[] = [];
  const stale: number[] = [];
  const present: number[] = [];
  const histograms: (DescribedHistogram | undefined)[] = [];
  for (const [item] of rest.matchAll(ITEMS)) {
    if (item.startsWith("{{")) {
      for (const histogram of expandHistograms(item)) {
        histograms[values.length] = histogram;
        values.push(0);
        present.push(1);
      }
      continue;
    }
    for (const value of expand(item)) {
      if (value === "stale") stale.push(values.length);
      values.push(typeof value === "number" ? value : 0);
      present.push(value === undefined ? 0 : 1);
    }
  }
  const numbers = Float64Array.from(values);
  for (const i of stale) numbers[i] = staleNaN;
  const described = histograms.length === 0 ? {} : { histograms: Array.from(values, (_, i) => histograms[i]) };
  return { labels, values: numbers, present: Uint8Array.from(present), ...described };
}

/** The labels at the start of a line, and what follows them. */
export function parseMetric(line: string): { labels: LabelSet; rest: string } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? "";
  const record: Record<string, string> = {};
  let at = name.length;
  if (line[at] === "{" && line[at + 1] !== "{") at += readLabels(line.slice(at), record);
  if (name !== "") record[METRIC_NAME] = name;
  if (at === 0) throw new Error(`expected a series, got ${JSON.stringify(line)}`);
  return { labels: LabelSet.fromRecord(record), rest: line.slice(at) };
}

/** Reads `{a="b", "metric.name"}` into the record; returns its length. */
function readLabels(text: string, record: Record<string, string>): number {
  const lexer = new Lexer(text);
  let name: Token | undefined;
  for (let token = lexer.next(); ; token = lexer.next()) {
    if (token.class === "error" || token.class === "end") throw new Error(`bad labels in ${JSON.stringify(text)}`);
    const ends = token.class === "punctuation" && (token.text === "," || token.text === "}");
    if (token.class === "identifier" || (token.class === "string" && name === undefined)) name = token;
    else if (token.class === "string") {
      record[textOf(name!)] = unquote(token.text);
      name = undefined;
    } else if (ends && name !== undefined) {
      record[METRIC_NAME] = textOf(name);
      name = undefined;
    }
    if (token.class === "punctuation" && token.text === "}") return token.end;
  }
}

function textOf(token: Token): string {
  return token.class === "string" ? unquote(token.text) : token.text;
}

type Item = number | "stale" | undefined;

const ITEM = /^([+-]?(?:[\d.]+(?:e[+-]?\d+)?|[a-z]+))(?:([+-])([\d.]+(?:e[+-]?\d+)?|inf|nan))?(?:x(\d+))?$/i;

/** `1`, `1x3`, `1+2x3`, `_`, `_x3`, `stale`. Repetitions count from 0, except for omitted values. */
function expand(item: string): Item[] {
  const omitted = /^_(?:x(\d+))?$/.exec(item);
  if (omitted !== null) return new Array<undefined>(Number(omitted[1] ?? 1)).fill(undefined);
  const match = ITEM.exec(item);
  if (match === null) throw new Error(`bad series value ${JSON.stringify(item)}`);
  const [, first = "", sign, step, times] = match;
  const count = times === undefined ? 1 : Number(times) + 1;
  if (first === "stale") return new Array<Item>(count).fill("stale");
  const start = parseNumber(first);
  const increment = step === undefined ? 0 : parseNumber(step);
  if (start === undefined || increment === undefined) throw new Error(`bad series value ${JSON.stringify(item)}`);
  const values: number[] = [];
  let value = start;
  for (let i = 0; i < count; i++) {
    values.push(value);
    if (step !== undefined) value += sign === "-" ? -increment : increment;
  }
  return values;
}

/** The offsets in milliseconds of a `metric@st` line: `-30s-1mx2 _ 0s`. */
export function parseStartTimes(text: string): (number | undefined)[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((item) => expandStartTime(item));
}

function expandStartTime(item: string): (number | undefined)[] {
  const omitted = /^_(?:x(\d+))?$/.exec(item);
  if (omitted !== null) return new Array<undefined>(Number(omitted[1] ?? 1)).fill(undefined);
  const match = /^([+-]?)((?:\d+[a-z]*?(?:ms|[smhdwy]))+|0)(?:([+-])((?:\d+(?:ms|[smhdwy]))+))?(?:x(\d+))?$/.exec(item);
  if (match === null) throw new Error(`bad start timestamp ${JSON.stringify(item)}`);
  const [, sign, base = "", stepSign, step, times] = match;
  let offset = parseDurationMs(base) * (sign === "-" ? -1 : 1);
  const increment = step === undefined ? 0 : parseDurationMs(step) * (stepSign === "-" ? -1 : 1);
  const offsets: number[] = [];
  for (let i = 0; i <= Number(times ?? 0); i++) {
    offsets.push(offset);
    offset += increment;
  }
  return offsets;
}

/** `metric{…}`, as a script would write it. */
export function showLabels(labels: LabelSet): string {
  const name = labels.metricName;
  if (!isLegacyMetricName(name)) return labels.toString();
  return `${name}${labels.filter((label) => label !== METRIC_NAME).toString()}`;
}
