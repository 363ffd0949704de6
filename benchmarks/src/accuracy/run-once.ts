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

function exitOf(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [venturiMain, ...args], { stdio: "ignore" });
    child.on("error", reject);
    child.on("close", resolve);
  });
}

/** Runs one demo from nothing to its report, exactly as a user does. */
export async function runOnce(fault: string, duration: string): Promise<Observation> {
  const data = await mkdtemp(join(tmpdir(), "venturi-accuracy-"));
  const started = Date.now();
  try {
    const exitCode = await exitOf(["demo", "--fault", fault, "--duration", duration, "--data", data]);
    const seconds = (Date.now() - started) / 1000;
    const names = await readdir(join(data, "reports")).catch(() => []);
    const name = names.find((one) => one.endsWith(".json"));
    if (!name) return { fault, exitCode, seconds, verdict: "no report", found: [], p95Ms: null };
    const report = JSON.parse(await readFile(join(data, "reports", name), "utf8")) as Report;
    const found = report.diagnosis.findings.map((finding) => ({
      kind: finding.kind,
      service: finding.resource.service,
      resource: finding.resource.name,
      shareOfP95: finding.cost.shareOfP95,
    }));
    return { fault, exitCode, seconds, verdict: report.diagnosis.verdict, found, p95Ms: report.load?.p95Ms ?? null };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
