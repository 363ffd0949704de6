import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const venturiMain = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));

/** What a report says, as far as the truth about a fault is concerned. */
export interface Observation {
  readonly fault: string;
  readonly exitCode: number | null;
  readonly seconds: number;
  readonly verdict: string;
  /** The findings in their order. */
  readonly found: readonly {
    readonly kind: string;
    readonly service: string;
    readonly resource: string;
    readonly shareOfP95: number;
  }[];
  readonly p95Ms: number | null;
  /** Of the gain that was predicted for the fix, over the measured one, minus one; null when none was measured. */
  readonly gainError: number | null;
}

interface Report {
  readonly diagnosis: {
    readonly verdict: string;
    readonly findings: readonly {
      readonly kind: string;
      readonly resource: { readonly service: string; readonly name: string };
      readonly cost: { readonly shareOfP95: number };
    }[];
  };
  readonly load?: { readonly p95Ms?: number } | null;
}

function run(args: readonly string[]): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [venturiMain, ...args], { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      output += piece;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output }));
  });
}

/** As the demo says it in its last line. */
function gainErrorIn(output: string): number | null {
  const match = /predicted gain is ([\d.]+) % (above|below) the measured one/.exec(output);
  if (match === null) return null;
  return (Number(match[1]) / 100) * (match[2] === "above" ? 1 : -1);
}

/** Runs one demo from nothing to its report, exactly as a user does. */
export async function runOnce(fault: string, duration: string, fix: boolean): Promise<Observation> {
  const data = await mkdtemp(join(tmpdir(), "venturi-accuracy-"));
  const started = Date.now();
  try {
    const more = fix ? ["--fix"] : [];
    const { exitCode, output } = await run(["demo", "--fault", fault, "--duration", duration, "--data", data, ...more]);
    const seconds = (Date.now() - started) / 1000;
    const names = await readdir(join(data, "reports")).catch(() => []);
    // Of two the first is the one of the fault.
    const name = names.sort().find((one) => one.endsWith(".json"));
    if (!name) return { fault, exitCode, seconds, verdict: "no report", found: [], p95Ms: null, gainError: null };
    const report = JSON.parse(await readFile(join(data, "reports", name), "utf8")) as Report;
    const found = report.diagnosis.findings.map((finding) => ({
      kind: finding.kind,
      service: finding.resource.service,
      resource: finding.resource.name,
      shareOfP95: finding.cost.shareOfP95,
    }));
    const { verdict } = report.diagnosis;
    return {
      fault,
      exitCode,
      seconds,
      verdict,
      found,
      p95Ms: report.load?.p95Ms ?? null,
      gainError: gainErrorIn(output),
    };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
