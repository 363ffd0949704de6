import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What the evaluator says about one case; the ground truth's name stays where the data is. */
export interface CaseResult {
  readonly seed: number;
  readonly case: string;
  readonly group: string;
  readonly metric: string;
  readonly fault: string;
  /** From 1; null when the ground truth was not named, and for cases without incident. */
  readonly rank: number | null;
  readonly empty: boolean;
  readonly isNull: boolean;
  readonly seconds: number;
}

interface RawResult extends Omit<CaseResult, "seed" | "seconds" | "isNull"> {
  readonly err: string | null;
  readonly secs: number;
  readonly truth: string | null;
}

const cli = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
const command = `${process.execPath} ${cli} rca --graph {graph} --normal {normal} --issue {issue} --target {target}`;

/** Runs `evaluate.py`, which starts the real command once per case, with names and orders shuffled by `seed`. */
export async function evaluate(data: string, tools: string, seed: number, jobs: number): Promise<CaseResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "venturi-bench-rca-"));
  try {
    const out = join(folder, "results.json");
    const options = ["--data", data, "--cmd", command, "--anonymize", `${seed}`, "--jobs", `${jobs}`, "--out", out];
    const child = spawn("python3", [join(tools, "evaluate.py"), ...options], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    if (code !== 0) throw new Error(`cannot evaluate: evaluate.py ended with ${code}`);
    const raw = JSON.parse(await readFile(out, "utf8")) as RawResult[];
    return raw.map(({ case: id, group, metric, fault, rank, empty, truth, secs }) => ({
      seed,
      case: id,
      group,
      metric,
      fault,
      rank,
      empty,
      isNull: truth === null,
      seconds: secs,
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}
