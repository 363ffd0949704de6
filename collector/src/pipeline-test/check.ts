import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Batch, Signal } from "@venturi/otlp";
import type { LedgerSnapshot, PipelineLedger } from "../ledger.js";
import { toJson } from "./captured.js";
import { differences, type Mode } from "./compare.js";
import { canonical } from "./otlp-json.js";
import type { Expectation } from "./suite-schema.js";

/** What a case has come to so far. */
export interface State {
  readonly outputs: ReadonlyMap<string, readonly Batch[]>;
  readonly ledger: LedgerSnapshot;
  /** Where files of the suite are. */
  readonly folder: string;
}

/** How the state differs from the expectation, in lines for people; empty when it does not. */
export async function check(expected: Expectation, state: State): Promise<string[]> {
  if (expected.pipeline !== undefined) return checkLedger(expected, expected.pipeline, state.ledger);
  const exporter = expected.exporter ?? "";
  const batches = state.outputs.get(exporter);
  if (batches === undefined) {
    return [`exporter ${exporter}: no pipeline names it; there is ${[...state.outputs.keys()].join(", ") || "none"}`];
  }
  const signal = expected.signal ?? onlySignal(batches) ?? "traces";
  const own = batches.filter((batch) => batch.signal === signal);
  const head = `exporter ${exporter}, ${signal}`;
  const lines: string[] = [];
  const count = own.reduce((sum, batch) => sum + batch.itemCount, 0);
  if (expected.count !== undefined && expected.count !== count) {
    lines.push(`${head}: count`, `  expected ${expected.count}`, `  got      ${count}`);
  }
  const actual = toJson(signal, own);
  const compare = (json: unknown, mode: Mode): void => {
    for (const { path, expected: wanted, actual: is } of differences(canonical(signal, json), actual, mode)) {
      lines.push(`${head}: ${path}`, `  expected ${wanted}`, `  got      ${is}`);
    }
  };
  for (const json of listOf(expected.contains)) compare(json, "contains");
  if (expected.contains_file !== undefined) compare(await readJson(state.folder, expected.contains_file), "contains");
  if (expected.equals !== undefined) compare(expected.equals, "equals");
  if (expected.equals_file !== undefined) compare(await readJson(state.folder, expected.equals_file), "equals");
  for (const json of listOf(expected.absent)) {
    if (differences(canonical(signal, json), actual, "contains").length > 0) continue;
    lines.push(`${head}: expected nothing like ${JSON.stringify(json)}, but it is there`);
  }
  return lines;
}

export async function readJson(folder: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return JSON.parse(await readFile(resolve(folder, file), "utf8")) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Error(`cannot read fixture "${file}": ${(error as Error).message}`, { cause: error });
  }
}

function onlySignal(batches: readonly Batch[]): Signal | undefined {
  const signals = new Set(batches.map(({ signal }) => signal));
  if (signals.size > 1) throw new Error(`the exporter got ${[...signals].join(" and ")}: say which signal is meant`);
  return [...signals][0];
}

function listOf<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

function checkLedger(expected: Expectation, pipeline: string, ledger: LedgerSnapshot): string[] {
  const books = ledger.pipelines.find((one) => one.pipeline === pipeline);
  if (books === undefined) {
    return [`pipeline ${pipeline}: there is none; there is ${ledger.pipelines.map((one) => one.pipeline).join(", ")}`];
  }
  const lines: string[] = [];
  const compare = (what: string, wanted: number | undefined, is: number): void => {
    if (wanted === undefined || wanted === is) return;
    lines.push(`pipeline ${pipeline}: ${what}`, `  expected ${wanted}`, `  got      ${is}`);
  };
  compare("accepted", expected.accepted, books.accepted);
  compare("refused", expected.refused, books.refused);
  if (expected.dropped !== undefined) {
    const actual = droppedOf(books);
    for (const reason of new Set([...Object.keys(expected.dropped), ...actual.keys()])) {
      compare(`dropped as ${reason}`, expected.dropped[reason] ?? 0, actual.get(reason) ?? 0);
    }
  }
  return lines;
}

function droppedOf(books: PipelineLedger): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  const add = (dropped: Readonly<Record<string, number>>): void => {
    for (const [reason, items] of Object.entries(dropped)) totals.set(reason, (totals.get(reason) ?? 0) + items);
  };
  add(books.dropped);
  for (const processor of Object.values(books.processors)) add(processor.dropped);
  for (const exit of Object.values(books.exits)) add(exit.dropped);
  return totals;
}
