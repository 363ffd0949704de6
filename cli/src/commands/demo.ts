import { faultNames } from "@venturi/shop";
import { type Command, Option } from "commander";
import { parseDurationSeconds } from "../demo/duration.js";
import { runDemo } from "../demo/run-demo.js";
import { interruption } from "../interrupt.js";
import { dataDir } from "../stack/paths.js";
import { print } from "../terminal.js";

interface DemoOptions {
  readonly fault: (typeof faultNames)[number] | "none";
  readonly duration: string;
  readonly rate: string;
  readonly data?: string;
  readonly fix: boolean;
  readonly keep?: boolean;
}

/** `venturi demo`: five services under load with a fault switched on, and a report that names it. */
export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .description("run the demo shop under k6 load with a fault switched on, and name the bottleneck")
    .addOption(new Option("--fault <name>", "what to break").choices([...faultNames, "none"]).default("db-pool"))
    .option("--duration <time>", "how long k6 sends load", "25s")
    .option("--rate <number>", "requests per second", "40")
    .option("--data <dir>", "folder of the reports (default: .venturi)")
    .option("--fix", "fix the fault afterwards, measure again, and hold the prediction against that", false)
    .option("--keep", "keep everything up afterwards to look around, until Ctrl-C")
    .action(async (options: DemoOptions) => {
      const rate = Number(options.rate);
      if (!Number.isInteger(rate) || rate < 1)
        throw new Error(`cannot use --rate "${options.rate}": write requests per second, such as 40`);
      const stopped = interruption();
      const demo = await runDemo({
        fault: options.fault,
        durationSeconds: parseDurationSeconds(options.duration, "--duration"),
        rate,
        fix: options.fix,
        data: dataDir(options.data),
        signal: stopped.signal,
      });
      try {
        if (options.keep && !stopped.signal.aborted) {
          print(`look around at ${demo.apiUrl} (Ctrl-C stops)`);
          await stopped.happened;
        }
      } finally {
        await demo.stop();
      }
      process.exitCode = demo.report.k6.exitCode;
    });
}
