import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TraceIncident } from "@venturi/analysis";
import { readIncident } from "venturi/dist/rca-traces/read-incident.js";

export interface Case {
  readonly id: string;
  readonly fault: string;
  readonly service: string;
  readonly day: string;
  readonly incident: TraceIncident;
}

interface Truth {
  readonly service: string;
  readonly fault: string;
  readonly normal: string;
}

/** The cases as the evaluator gives them to the command, for examinations that need many runs in one process. */
export async function readCases(data: string): Promise<Case[]> {
  const truth = JSON.parse(await readFile(join(data, "truth.json"), "utf8")) as Record<string, Truth>;
  const cases: Case[] = [];
  for (const [id, { service, fault, normal }] of Object.entries(truth)) {
    const folder = join(data, "cases", id);
    const incident = await readIncident({
      normal: join(data, "normal", `${normal}.spans.csv.gz`),
      issue: join(folder, "issue.spans.csv.gz"),
      metrics: join(folder, "metrics.json"),
      target: join(folder, "target.json"),
    });
    cases.push({ id, fault, service, day: normal, incident });
  }
  return cases;
}
