import { parseDurationMs } from "../duration.js";
import { parseNumber } from "../numbers.js";
import { unquote } from "../quote.js";
import { parseMetric, parseSeries, parseStartTimes, type SeriesDescription } from "./series-description.js";

/** Upstream's test scripts: `load`, `eval`, `clear`. */
export type Command =
  | { readonly kind: "clear" }
  | {
      readonly kind: "load";
      readonly stepMs: number;
      readonly withNhcb: boolean;
      readonly series: readonly LoadedSeries[];
    }
  | EvalCommand;

export interface LoadedSeries extends SeriesDescription {
  /** Start timestamps as offsets from their samples, in milliseconds. */
  readonly startOffsets?: readonly (number | undefined)[];
}

export interface TextMatch {
  readonly shown: string;
  matches(text: string): boolean;
}

export interface Expectations {
  fail?: TextMatch | undefined;
  ordered: boolean;
  noWarn: boolean;
  noInfo: boolean;
  warns: TextMatch[];
  infos: TextMatch[];
  scalar?: number;
  string?: string;
  series: SeriesDescription[];
  /** The times of an instant query's range vector. */
  rangeVector?: Times;
}

export interface Times {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly query: string;
  readonly isRange: boolean;
  readonly times: Times;
  readonly expect: Expectations;
}

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/i;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+))?\s+(.+)$/i;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/i;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

const ANYTHING: TextMatch = { shown: "anything", matches: () => true };

/** Reads a script; throws an Error that names the line. */
export function parseScript(text: string): Command[] {
  const lines = text.split("\n").map((line) => line.trim().replace(/^#.*/, ""));
  const commands: Command[] = [];
  let at = 0;
  const block = (): string[] => {
    const body: string[] = [];
    while (at < lines.length && lines[at] !== "") body.push(lines[at++]!);
    return body;
  };
  while (at < lines.length) {
    const number = at + 1;
    const line = lines[at++]!;
    if (line === "") continue;
    try {
      if (/^clear\b/i.test(line)) commands.push({ kind: "clear" });
      else if (/^load/i.test(line)) commands.push(parseLoad(line, block()));
      else commands.push(parseEval(line, number, block()));
    } catch (cause) {
      throw new Error(`cannot read line ${number} ${JSON.stringify(line)}: ${String(cause)}`, { cause });
    }
  }
  return commands;
}

function parseLoad(line: string, body: readonly string[]): Command {
  const match = LOAD.exec(line);
  if (match === null) throw new Error("expected load <step>");
  const series: LoadedSeries[] = [];
  let startOffsets: readonly (number | undefined)[] | undefined;
  for (const text of body) {
    const metric = text.split(/\s/, 1)[0]!;
    if (metric.endsWith("@st")) {
      startOffsets = parseStartTimes(text.slice(metric.length));
      parseMetric(metric.slice(0, -3));
      continue;
    }
    series.push({ ...parseSeries(text), ...(startOffsets === undefined ? {} : { startOffsets }) });
    startOffsets = undefined;
  }
  return { kind: "load", stepMs: parseDurationMs(match[2]!), withNhcb: match[1] !== undefined, series };
}

function parseEval(line: string, number: number, body: readonly string[]): EvalCommand {
  const instant = INSTANT.exec(line);
  if (instant !== null) {
    const timeMs = parseDurationMs(instant[2] ?? "0");
    const times = { startMs: timeMs, endMs: timeMs, stepMs: 0 };
    const expect = parseExpectations(instant[1], body);
    return { kind: "eval", line: number, query: instant[3]!, isRange: false, times, expect };
  }
  const range = RANGE.exec(line);
  if (range === null) throw new Error("expected eval instant or eval range");
  const [, mode, from = "", to = "", step = "", query = ""] = range;
  const expect = parseExpectations(mode, body);
  return { kind: "eval", line: number, query, isRange: true, times: parseTimes(from, to, step), expect };
}

function parseTimes(from: string, to: string, step: string): Times {
  return { startMs: parseDurationMs(from), endMs: parseDurationMs(to), stepMs: parseDurationMs(step) };
}

function parseExpectations(mode: string | undefined, body: readonly string[]): Expectations {
  const expect: Expectations = {
    ordered: mode === "ordered",
    noWarn: false,
    noInfo: false,
    warns: [],
    infos: [],
    series: [],
  };
  if (mode === "fail") expect.fail = ANYTHING;
  if (mode === "warn") expect.warns.push(ANYTHING);
  if (mode === "info") expect.infos.push(ANYTHING);
  for (const line of body) if (!parseOldFailure(line, expect)) parseExpectation(line, expect);
  return expect;
}

function parseOldFailure(line: string, expect: Expectations): boolean {
  const old = /^expected_fail_(message|regexp)\s*(.*)$/.exec(line);
  if (old === null) return false;
  expect.fail = textMatch(old[1] === "message" ? "msg" : "regex", old[2]!);
  return true;
}

function parseExpectation(line: string, expect: Expectations): void {
  const range = EXPECT_RANGE.exec(line);
  if (range !== null) {
    expect.rangeVector = parseTimes(range[1]!, range[2]!, range[3]!);
  } else if (line.startsWith("expect string ")) {
    expect.string = unquote(line.slice("expect string ".length).trim());
  } else if (/^expect\s/.test(line)) {
    applyExpect(line, expect);
  } else {
    const number = parseNumber(line);
    if (number !== undefined) expect.scalar = number;
    else expect.series.push(parseSeries(line));
  }
}

function applyExpect(line: string, expect: Expectations): void {
  const match = EXPECT.exec(line);
  if (match === null) throw new Error(`bad expect line ${JSON.stringify(line)}`);
  const text = match[2] === undefined ? ANYTHING : textMatch(match[2], match[3]!.trim());
  if (match[1] === "ordered") expect.ordered = true;
  if (match[1] === "fail") expect.fail = text;
  if (match[1] === "warn") expect.warns.push(text);
  if (match[1] === "info") expect.infos.push(text);
  if (match[1] === "no_warn") expect.noWarn = true;
  if (match[1] === "no_info") expect.noInfo = true;
}

function textMatch(kind: string, expected: string): TextMatch {
  if (kind === "msg") return { shown: JSON.stringify(expected), matches: (text) => text === expected };
  const pattern = new RegExp(expected);
  return { shown: String(pattern), matches: (text) => pattern.test(text) };
}
