import { readFile } from "node:fs/promises";
import type { CpuSample, TraceIncident } from "@venturi/analysis";
import { z } from "zod";
import { readSpans } from "./read-spans.js";

/** Where a command's four files are. */
export interface TraceIncidentFiles {
  readonly normal: string;
  readonly issue: string;
  readonly metrics: string;
  readonly target: string;
}

const timeColumn = "time";
const cpuColumn = "CpuUsageRate(%)";

const metricsSchema = z
  .object({
    columns: z.array(z.string()),
    services: z.record(z.string(), z.array(z.array(z.number().nullable()))),
  })
  .refine(({ columns }) => [timeColumn, cpuColumn].every((column) => columns.includes(column)), {
    path: ["columns"],
    message: `must have "${timeColumn}" and "${cpuColumn}"`,
  });

const targetSchema = z.object({ alert_time: z.number(), issue_start_unix_us: z.number() });

/** @throws with one line that names the file, the place in it and what is wrong there */
export async function readIncident(files: TraceIncidentFiles): Promise<TraceIncident> {
  const normal = await readSpans(files.normal);
  const issue = await readSpans(files.issue);
  const { columns, services } = await readJson("metrics", files.metrics, metricsSchema);
  const target = await readJson("target", files.target, targetSchema);
  return {
    normal,
    issue,
    issueStartUnixUs: target.issue_start_unix_us,
    alertTimeS: target.alert_time,
    cpu: new Map(Object.entries(services).map(([service, rows]) => [service, cpuSamples(rows, columns)])),
  };
}

/** Rows without a measured value are left out. */
function cpuSamples(rows: readonly (readonly (number | null)[])[], columns: readonly string[]): CpuSample[] {
  const samples: CpuSample[] = [];
  for (const row of rows) {
    const timeS = row[columns.indexOf(timeColumn)] ?? null;
    const cpuPercent = row[columns.indexOf(cpuColumn)] ?? null;
    if (timeS !== null && cpuPercent !== null) samples.push({ timeS, cpuPercent });
  }
  return samples;
}

async function readJson<T>(what: string, file: string, schema: z.ZodType<T>): Promise<T> {
  let document: unknown;
  try {
    document = JSON.parse(withoutNonNumbers(await readFile(file, "utf8")));
  } catch (cause) {
    throw new Error(`cannot read the ${what} from ${file}: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
  const read = schema.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "the document" : issue.path.join(".");
  throw new Error(`cannot read the ${what} from ${file}: ${place}: ${issue?.message ?? "is not valid"}`);
}

/** Python writes what was not measured as `NaN`, which JSON does not know: it becomes `null`. */
function withoutNonNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : "null"));
}
