import { type LoadReport, runLoad } from "@venturi/loadtest";
import { resolveTool } from "@venturi/tools";
import type { Command } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { note, print } from "../terminal.js";
import { percent } from "./numbers.js";

interface RunOptions {
  readonly prometheus: string;
  readonly jaeger: string;
  readonly out?: string;
  readonly rootService?: string;
  readonly traceSample: number;
  readonly traceContext: boolean;
}

/** k6's own exit code, so that a pipeline that ran k6 before keeps its meaning (99: a threshold failed). */
function exitCode(report: LoadReport): number {
  return report.k6.exitCode;
}

/** `venturi load run`: the user's k6 script, and what limited the system under it. */
export function addRunCommand(load: Command): void {
  const apiUrl = `http://${defaultAddresses.api}`;
  load
    .command("run <script> [k6Args...]")
    .description("run a k6 script, then say what limited the system; arguments after -- go to k6")
    .option("--prometheus <url>", "Prometheus API to read and to write k6's samples to", apiUrl)
    .option("--jaeger <url>", "Jaeger query API to read traces from", apiUrl)
    .option("--out <dir>", "folder of the reports (default: .venturi/reports)")
    .option("--trace-sample <percent>", "traces to be sampled, by the traceparent that k6 sends", percent, 1)
    .option("--no-trace-context", "k6 sends no traceparent: the services decide what is sampled")
    .option("--root-service <name>", "the service that k6 calls (default: found in the traces)")
    .action(async (script: string, k6Args: string[], options: RunOptions) => {
      const stopped = interruption();
      const k6 = await resolveTool("k6", { log: note, signal: stopped.signal });
      const report = await runLoad({
        script,
        k6Path: k6.path,
        k6Args,
        prometheusUrl: options.prometheus,
        jaegerUrl: options.jaeger,
        outDir: options.out ?? reportsDir(dataDir(undefined)),
        ...(options.rootService ? { rootService: options.rootService } : {}),
        ...(options.traceContext ? { traceShare: options.traceSample } : {}),
        progress: print,
        isTty: process.stdout.isTTY === true,
        signal: stopped.signal,
      });
      process.exitCode = exitCode(report);
    });
}
