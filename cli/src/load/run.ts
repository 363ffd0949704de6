import { type LoadReport, type RunLoadOptions, runLoad } from "@venturi/loadtest";
import { resolveTool } from "@venturi/tools";
import { type Command, Option } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { note, print } from "../terminal.js";
import { percent } from "./numbers.js";
import { type LoadSource, scriptToRun } from "./script-source.js";

interface RunOptions extends LoadSource {
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
    .command("run [script] [k6Args...]")
    .description("run a k6 script, then say what limited the system; arguments after -- go to k6")
    .option("--url <url>", "in place of a script: ask for this URL, or for what --openapi describes there")
    .option("--openapi <file>", "OpenAPI 3 file whose reading routes are asked for, with --url")
    .option("--rate <requests>", "requests per second, with --url (default: 10)")
    .option("--vus <count>", "virtual users, in place of the script's load")
    .option("--duration <time>", "how long, such as 30s")
    .option("--stages <list>", "k6 stages with commas between, such as 10s:5,1m:50")
    .option("--prometheus <url>", "Prometheus API to read and to write k6's samples to", apiUrl)
    .option("--jaeger <url>", "Jaeger query API to read traces from", apiUrl)
    .option("--out <dir>", "folder of the reports (default: .venturi/reports)")
    .addOption(
      new Option("--trace-sample <percent>", "traces to be sampled, by the traceparent that k6 sends")
        .argParser(percent)
        .default(1, "100"),
    )
    .option("--no-trace-context", "k6 sends no traceparent: the services decide what is sampled")
    .option("--root-service <name>", "the service that k6 calls (default: found in the traces)")
    .action(async (given: string | undefined, k6Args: string[], options: RunOptions) => {
      const stopped = interruption();
      const { remove, ...what } = await scriptToRun(given, k6Args, options);
      try {
        const k6 = await resolveTool("k6", { log: note, signal: stopped.signal });
        process.exitCode = exitCode(await run({ ...what, k6Path: k6.path, signal: stopped.signal }, options));
      } finally {
        await remove();
      }
    });
}

function run(
  what: Pick<RunLoadOptions, "script" | "k6Args" | "k6Path" | "signal">,
  options: RunOptions,
): Promise<LoadReport> {
  return runLoad({
    ...what,
    prometheusUrl: options.prometheus,
    jaegerUrl: options.jaeger,
    outDir: options.out ?? reportsDir(dataDir(undefined)),
    ...(options.rootService ? { rootService: options.rootService } : {}),
    ...(options.traceContext ? { traceShare: options.traceSample } : {}),
    progress: print,
    isTty: process.stdout.isTTY === true,
  });
}
