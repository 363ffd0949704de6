import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { IncidentInput, SeriesTable } from "@venturi/analysis";

export interface Case {
  readonly id: string;
  /** Undefined for cases without incident. */
  readonly cause: string | undefined;
  readonly group: string;
  readonly metric: string;
  readonly fault: string;
  readonly input: IncidentInput;
}

interface Truth {
  readonly node: string | null;
  readonly scenario: string;
  readonly group: string;
  readonly metric: string;
  readonly fault: string;
  readonly normal_rows?: number | null;
}

interface RawTable extends Omit<SeriesTable, "intervalS"> {
  readonly interval_s: number;
}

async function read<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), "utf8")) as T;
}

function toTable({ interval_s, time, series }: RawTable, rows?: number | null): SeriesTable {
  const cut = rows ?? time.length;
  return {
    intervalS: interval_s,
    time: time.slice(0, cut),
    series: series.map((one) => ({ ...one, values: one.values.slice(0, cut) })),
  };
}

/** The cases as the evaluator gives them to the command, for examinations that need thousands of runs in one process. */
export async function readCases(data: string): Promise<Case[]> {
  const truths = Object.entries(await read<Record<string, Truth>>(data, "truth.json"));
  const cases: Case[] = [];
  for (const [id, truth] of truths) {
    const scenario = join(data, "scenarios", truth.scenario);
    cases.push({
      id,
      cause: truth.node ?? undefined,
      group: truth.group,
      metric: truth.metric,
      fault: truth.fault,
      input: {
        graph: await read(scenario, "graph.json"),
        normal: toTable(await read<RawTable>(scenario, "normal.json"), truth.normal_rows),
        issue: toTable(await read<RawTable>(data, "cases", id, "issue.json")),
        target: await read(data, "cases", id, "target.json"),
      },
    });
  }
  return cases;
}
