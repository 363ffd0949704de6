import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A real program under test: its output so far, and a stop that waits until it is gone. */
export interface Child {
  readonly process: ChildProcess;
  /** Standard output and error, as printed so far. */
  output(): string;
  /** Resolves when the output matches; rejects with the output when the program ends or the time is over. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  /** Asks the program to end, and ends it by force after a bound. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const stopTimeoutMs = 15_000;

export interface ChildOptions {
  readonly cwd?: string | undefined;
  /** On top of this process's own; a name with undefined is left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** A process group of its own: a terminal's Ctrl-C does not reach it, so that it can be stopped in order. */
  readonly detached?: boolean;
  /** A channel for `process.send`. */
  readonly ipc?: boolean;
}

/** Starts a program without a shell. */
export function startChild(file: string, args: readonly string[], options: ChildOptions = {}): Child {
  const child = spawn(file, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: options.ipc ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    detached: options.detached ?? false,
  });
  let text = "";
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable };
  for (const stream of [stdout, stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on("close", (code) => resolve(code));
    child.on("error", reject);
  });
  return {
    process: child,
    output: () => text,
    exited,
    waitForOutput: (pattern, timeoutMs = 30_000) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          stdout.off("data", look);
          stderr.off("data", look);
          child.off("close", ended);
          settle();
        };
        const look = (): void => {
          const match = text.match(pattern);
          if (match) finish(() => resolve(match));
        };
        const fail = (why: string): void =>
          finish(() => reject(new Error(`${why} before it printed ${pattern}:\n${text}`)));
        const ended = (): void => fail(`${file} ended`);
        const timer = setTimeout(() => fail(`${timeoutMs} ms went by`), timeoutMs);
        stdout.on("data", look);
        stderr.on("data", look);
        child.on("close", ended);
        look();
      }),
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, "close");
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
