import type { Logger } from "../../telemetry/logger.js";
import type { MetricDefinition, Recorder } from "./metric.js";
import type { ProcFiles } from "./proc-files.js";

export interface ScrapeContext {
  readonly proc: ProcFiles;
  readonly record: Recorder;
  /** Of this scrape; milliseconds since the epoch. */
  readonly nowMs: number;
  /** When the machine started; nanoseconds since the epoch. */
  readonly bootNano: bigint;
  readonly log: Logger;
}

/** Reads one part of the machine. It may keep what it saw last, for rates. */
export interface Scraper {
  /** Throws what the system throws: the receiver says it once and goes on with the others. */
  scrape(context: ScrapeContext): Promise<void>;
}

export interface ScraperKind<Config> {
  readonly name: string;
  readonly metrics: readonly MetricDefinition[];
  /** What works on systems other than Linux. */
  readonly elsewhere: boolean;
  create(config: Config): Scraper;
}
