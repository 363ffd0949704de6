import { setTimeout as sleep } from "node:timers/promises";
import { type Backends, compareWindows, comparisonText, LoadTestError, type Look, look } from "@venturi/loadtest";
import { type Command, Option } from "commander";
import { parseDurationSeconds } from "../demo/duration.js";
import { interruption } from "../interrupt.js";
import { defaultAddresses } from "../stack/stack-config.js";
import { print } from "../terminal.js";
import { percent } from "./numbers.js";

interface WatchCommandOptions {
  readonly prometheus: string;
  readonly jaeger: string;
  readonly rootService?: string;
  readonly window: string;
  readonly every: string;
  readonly once: boolean;
  readonly at?: string;
  readonly minChange: number;
}

/** `venturi load watch`: what limits a running system, and what a deploy changed, without any load of its own. */
export function addWatchCommand(load: Command): void {
  const apiUrl = `http://${defaultAddresses.api}`;
  load
    .command("watch")
    .description("say what limits a running system, from its own traffic; with --at, what changed at that moment")
    .option("--prometheus <url>", "Prometheus API to read", apiUrl)
    .option("--jaeger <url>", "Jaeger query API to read traces from", apiUrl)
    .option("--root-service <name>", "the service that requests enter (default: found in the traces)")
    .option("--window <duration>", "how much time to look at, or on each side of --at", "2m")
    .option("--every <duration>", "how often to look again", "30s")
    .option("--once", "look once and end", false)
    .option("--at <time>", "ISO 8601: compare the time before it with that after it (a deploy, an alert)")
    .addOption(
      new Option("--min-change <percent>", "with --at: smaller changes are not called changes")
        .argParser(percent)
        .default(0.02, "2"),
    )
    .action(async (options: WatchCommandOptions) => {
      const windowMs = parseDurationSeconds(options.window, "--window") * 1000;
      const backends: Backends = {
        prometheusUrl: options.prometheus,
        jaegerUrl: options.jaeger,
        ...(options.rootService === undefined ? {} : { rootService: options.rootService }),
      };
      if (options.at !== undefined) await compareAt(options.at, windowMs, backends, options.minChange);
      else await keepLooking(windowMs, parseDurationSeconds(options.every, "--every") * 1000, options.once, backends);
    });
}

async function compareAt(at: string, windowMs: number, backends: Backends, minChange: number): Promise<void> {
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) throw new Error(`cannot use --at "${at}": write a time such as 2026-01-31T12:00:00Z`);
  const after = { startMs: atMs, endMs: Math.min(Date.now(), atMs + windowMs) };
  if (after.endMs <= atMs) throw new Error(`cannot use --at "${at}": it has not happened yet`);
  const result = await compareWindows(backends, { startMs: atMs - windowMs, endMs: atMs }, after, minChange);
  for (const line of comparisonText(result.comparison)) print(line);
  tell(result.after);
}

async function keepLooking(windowMs: number, everyMs: number, once: boolean, backends: Backends): Promise<void> {
  const stopped = interruption();
  let said = "";
  do {
    const endMs = Date.now();
    try {
      const seen = await look(backends, { startMs: endMs - windowMs, endMs });
      // What did not change is not worth a line.
      if (seen.diagnosis.verdict !== said) tell(seen);
      said = seen.diagnosis.verdict;
    } catch (error) {
      // A system that is quiet for a while is watched on.
      if (once || !(error instanceof LoadTestError)) throw error;
      print(`${new Date().toISOString()}  ${error.message}`);
    }
    if (!once) await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => {});
  } while (!once && !stopped.signal.aborted);
}

function tell({ diagnosis, notes, window }: Look): void {
  print(`${new Date(window.endMs).toISOString()}  ${diagnosis.verdict}`);
  for (const finding of diagnosis.findings.slice(0, 3)) print(`  - ${finding.title}; fix: ${finding.fix}`);
  for (const note of [...diagnosis.evidenceQuality.notes, ...notes]) print(`  ! ${note}`);
}
