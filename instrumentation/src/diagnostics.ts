import { format } from "node:util";
import type { DiagLogger } from "@opentelemetry/api";
import { loadApi, loadCore } from "./otel.js";

export type LogLevel = "none" | "error" | "warn" | "info" | "debug" | "verbose" | "all";

const quietMs = 60_000;
const kindsMax = 100;

/** Lets one line of a kind through a minute, and says with the next one how many were held back. */
export class RateLimit {
  readonly #now: () => number;
  readonly #kinds = new Map<string, { openAtMs: number; heldBack: number }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The line to print, or undefined when one of this kind was printed within the last minute. */
  admit(kind: string, line: string): string | undefined {
    const nowMs = this.#now();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs < known.openAtMs) {
      known.heldBack += 1;
      return undefined;
    }
    if (known === undefined && this.#kinds.size >= kindsMax) this.#kinds.clear();
    this.#kinds.set(kind, { openAtMs: nowMs + quietMs, heldBack: 0 });
    const heldBack = known?.heldBack ?? 0;
    return heldBack === 0 ? line : `${line} (and ${heldBack} more like it)`;
  }
}

const limit = new RateLimit();
let silent = false;

function print(line: string): void {
  // process.stderr.write: console.error may have been replaced by the app; a closed stderr must not end the app.
  try {
    process.stderr.write(`venturi: ${line}\n`);
  } catch {
    // Nobody is listening.
  }
}

/** Prints one line to stderr unless OTEL_LOG_LEVEL=none. */
export function say(line: string): void {
  if (!silent) print(line);
}

/** Prints a warning to stderr, at most one of its kind a minute, never with OTEL_LOG_LEVEL=none. */
export function warn(kind: string, line: string): void {
  const admitted = silent ? undefined : limit.admit(kind, line);
  if (admitted !== undefined) print(`warning: ${admitted}`);
}

/** Messages that differ only in numbers are of one kind. */
function kindOf(line: string): string {
  return line.slice(0, 80).replace(/\d+/g, "#");
}

/**
 * Sends OpenTelemetry's own diagnostics to stderr (its console logger writes to stdout, which belongs to the app).
 * Without OTEL_LOG_LEVEL that is warnings and errors, limited to one a minute and kind.
 */
export function setDiagnostics(logLevel: LogLevel | undefined): void {
  silent = logLevel === "none";
  const { diag, DiagLogLevel } = loadApi();
  const level = logLevel ?? "warn";
  const limited = (name: string, args: unknown[]): void => {
    const line = `${name}: ${format(...args)}`;
    const admitted = limit.admit(kindOf(line), line);
    if (admitted !== undefined) print(admitted);
  };
  const logger: DiagLogger = {
    error: (...args) => limited("error", args),
    warn: (...args) => limited("warning", args),
    info: (...args) => print(format(...args)),
    debug: (...args) => print(format(...args)),
    verbose: (...args) => print(format(...args)),
  };
  const logLevelOf = {
    none: DiagLogLevel.NONE,
    error: DiagLogLevel.ERROR,
    warn: DiagLogLevel.WARN,
    info: DiagLogLevel.INFO,
    debug: DiagLogLevel.DEBUG,
    verbose: DiagLogLevel.VERBOSE,
    all: DiagLogLevel.ALL,
  } as const;
  diag.setLogger(logger, { logLevel: logLevelOf[level], suppressOverrideMessage: true });
  loadCore().setGlobalErrorHandler((error) => {
    diag.warn(typeof error === "string" ? error : ((error as Error).message ?? String(error)));
  });
}
