import { findKnee, kneeText } from "@venturi/loadtest";
import { resolveTool } from "@venturi/tools";
import { type Command, Option } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { note, print } from "../terminal.js";
import { percent, positiveNumber, wholeNumber } from "./numbers.js";

interface KneeCommandOptions {
  readonly prometheus: string;
  readonly jaeger: string;
  readonly out?: string;
  readonly rootService?: string;
  readonly traceSample: number;
  readonly traceContext: boolean;
  readonly startRate: number;
  readonly maxRate: number;
  readonly stepSeconds: number;
  readonly maxVus: number;
  readonly maxFailed: number;
  readonly maxP95?: number;
}

/** `venturi load knee`: how much the system takes, and what fills first. */
export function addKneeCommand(load: Command): void {
  const apiUrl = `http://${defaultAddresses.api}`;
  load
    .command("knee <script> [k6Args...]")
    .description("find the capacity: a k6 script at rising rates until it is too much; arguments after -- go to k6")
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
    .option("--start-rate <rate>", "iterations per second to begin with", positiveNumber, 5)
    .option("--max-rate <rate>", "iterations per second that are never exceeded", positiveNumber, 5000)
    .option("--step-seconds <seconds>", "length of a step of the second, closer climb", positiveNumber, 8)
    .option("--max-vus <count>", "k6 VUs; each holds one request that waits", wholeNumber(1), 300)
    .addOption(
      new Option("--max-failed <percent>", "failed requests from which it is too much")
        .argParser(percent)
        .default(0.02, "2"),
    )
    .option(
      "--max-p95 <ms>",
      "p95 from which it is too much (default: 10 x that without load, at least 1 s)",
      positiveNumber,
    )
    .action(async (script: string, k6Args: string[], options: KneeCommandOptions) => {
      const stopped = interruption();
      const k6 = await resolveTool("k6", { log: note, signal: stopped.signal });
      const report = await findKnee({
        script,
        k6Path: k6.path,
        k6Args,
        prometheusUrl: options.prometheus,
        jaegerUrl: options.jaeger,
        outDir: options.out ?? reportsDir(dataDir(undefined)),
        startRate: options.startRate,
        maxRate: options.maxRate,
        stepSeconds: options.stepSeconds,
        vusMax: options.maxVus,
        failedShareMax: options.maxFailed,
        ...(options.maxP95 === undefined ? {} : { p95MaxMs: options.maxP95 }),
        ...(options.rootService === undefined ? {} : { rootService: options.rootService }),
        ...(options.traceContext ? { traceShare: options.traceSample } : {}),
        progress: print,
        isTty: process.stdout.isTTY === true,
        signal: stopped.signal,
      });
      for (const line of kneeText(report)) print(line);
      print(`Report: ${report.files.html}`);
    });
}
