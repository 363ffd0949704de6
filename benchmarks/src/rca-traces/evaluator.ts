import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Share of cases whose faulty service is among the first one, three and five. */
export interface Accuracy {
  readonly fault: string;
  readonly cases: number;
  readonly at1: number;
  readonly at3: number;
  readonly at5: number;
}

const cli = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
const files = "--normal {normal} --issue {issue} --metrics {metrics} --target {target}";

/** Runs `evaluate_traces.py`, which starts the real command once per case. */
export async function evaluate(data: string, tools: string): Promise<Accuracy[]> {
  const command = `${process.execPath} ${cli} rca-traces ${files}`;
  const script = join(tools, "evaluate_traces.py");
  const { stdout } = await promisify(execFile)("python3", [script, "--data", data, "--cmd", command]);
  const rows = [...stdout.matchAll(/^(\S+) +n=(\d+) +AS@1=(\S+) AS@3=(\S+) AS@5=(\S+)$/gm)];
  const failed = stdout.split("\n").filter((line) => line.startsWith("   "));
  if (rows.length === 0 || failed.length > 0) throw new Error(`cannot evaluate: ${failed[0] ?? "no result line"}`);
  return rows.map(([, fault = "", cases, at1, at3, at5]) => ({
    fault,
    cases: Number(cases),
    at1: Number(at1),
    at3: Number(at3),
    at5: Number(at5),
  }));
}
