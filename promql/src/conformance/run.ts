import { Engine } from "../engine.js";
import { PromqlError } from "../errors.js";
import { toText } from "../parser/format.js";
import { parse } from "../parser/parse.js";
import type { QueryResult } from "../result.js";
import { compareAnnotations, compareResult, Mismatch } from "./compare.js";
import { pinTimes } from "./pin-times.js";
import { type EvalCommand, parseScript } from "./script.js";
import { ScriptSource } from "./source.js";

export interface Failure {
  readonly line: number;
  readonly query: string;
  readonly reason: string;
}

export interface ScriptResult {
  readonly passed: number;
  readonly failures: readonly Failure[];
}

const FEATURES = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
} as const;

/** Set as upstream sets the engine that runs these scripts. */
const engine = new Engine({
  features: FEATURES,
  delayedNameRemoval: true,
  startTimestamps: true,
  timeoutMs: 100_000,
});

/** Runs one script from start to end; a failed eval does not stop it. */
export async function runScript(text: string): Promise<ScriptResult> {
  const failures: Failure[] = [];
  let passed = 0;
  let source = new ScriptSource();
  for (const command of parseScript(text)) {
    if (command.kind === "clear") source = new ScriptSource();
    else if (command.kind === "load") source.load(command.stepMs, command.withNhcb, command.series);
    else {
      const { line, query } = command;
      const reason = await runEval(source, command);
      if (reason === undefined) passed++;
      else failures.push({ line, query, reason });
    }
  }
  return { passed, failures };
}

/** Why the eval failed; undefined when it passed. */
async function runEval(source: ScriptSource, command: EvalCommand): Promise<string | undefined> {
  try {
    if (command.isRange) await evalRange(source, command);
    else await evalInstant(source, command);
    return undefined;
  } catch (error) {
    if (!(error instanceof Mismatch || error instanceof PromqlError)) throw error;
    return error.message;
  }
}

async function evalRange(source: ScriptSource, command: EvalCommand): Promise<void> {
  const { startMs, endMs, stepMs } = command.times;
  await check(command, () => engine.range(source, command.query, startMs, endMs, stepMs));
}

/** Checks the answer, or (where the script expects one) the error; false after an expected error. */
async function check(command: EvalCommand, ask: () => Promise<QueryResult>): Promise<boolean> {
  const { fail } = command.expect;
  let result: QueryResult;
  try {
    result = await ask();
  } catch (error) {
    if (fail === undefined || !(error instanceof PromqlError)) throw error;
    if (fail.matches(error.message)) return false;
    throw new Mismatch(`expected the error ${fail.shown}, got: ${error.message}`, { cause: error });
  }
  if (fail !== undefined) throw new Mismatch("expected an error, got a result");
  compareAnnotations(command, result);
  compareResult(command, result);
  return true;
}

/** As upstream does: the query as it is, then pinned to its time and asked at others; each also as a range query. */
async function evalInstant(source: ScriptSource, command: EvalCommand): Promise<void> {
  const { startMs } = command.times;
  await evalInstantAt(source, command, command.query, startMs);
  if (command.expect.fail !== undefined) return;
  const pinned = pinTimes(parse(command.query, FEATURES), startMs);
  if (pinned === undefined) return;
  const query = toText(pinned);
  const others = startMs === 0 ? [-1000, 0, 1000] : [-10 * startMs, 0, Math.trunc(startMs / 5), startMs, 10 * startMs];
  for (const timeMs of others) {
    try {
      await evalInstantAt(source, { ...command, query }, query, timeMs);
    } catch (error) {
      if (!(error instanceof Mismatch || error instanceof PromqlError)) throw error;
      throw new Mismatch(`pinned, at ${timeMs} ms, ${query}: ${error.message}`, { cause: error });
    }
  }
}

async function evalInstantAt(source: ScriptSource, command: EvalCommand, query: string, timeMs: number): Promise<void> {
  const wasAnswered = await check(command, () => engine.instant(source, query, timeMs));
  const { expect } = command;
  const isExcluded = expect.rangeVector !== undefined || expect.string !== undefined || expect.ordered;
  if (!wasAnswered || isExcluded || /(?:start|end|range|step)\(\)/.test(query)) return;
  const range = await engine.range(source, query, timeMs - 60_000, timeMs + 60_000, 60_000);
  compareResult(command, middleOf(range, timeMs, expect.scalar !== undefined));
}

function middleOf(range: QueryResult, timeMs: number, isScalar: boolean): QueryResult {
  if (range.resultType !== "matrix") throw new Mismatch("expected a matrix from a range query");
  const vector = range.matrix.flatMap(({ labels, timestampsMs, values, histograms }) => {
    const at = timestampsMs.indexOf(timeMs);
    const histogram = histograms?.[at];
    const sample = {
      labels,
      timestampMs: timeMs,
      value: values[at]!,
      ...(histogram === undefined ? {} : { histogram }),
    };
    return at < 0 ? [] : [sample];
  });
  const notes = { warnings: range.warnings, infos: range.infos };
  if (!isScalar) return { resultType: "vector", vector, ...notes };
  return { resultType: "scalar", scalar: { timestampMs: timeMs, value: vector[0]?.value ?? Number.NaN }, ...notes };
}
