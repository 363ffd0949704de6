import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { LoadTestError, reasonOf } from "../load-test-error.js";
import type { K6Command } from "./command.js";
import { type K6Message, parseK6Log } from "./log.js";

/** k6 finishes running iterations and writes its summary after an interrupt; a script may take its time. */
const graceMs = 30_000;
const outputMaxChars = 64 * 1024;

export interface K6Exit {
  readonly exitCode: number;
  /** Standard output: the end-of-test summary. */
  readonly output: string;
  readonly interrupted: boolean;
}

/**
 * Runs k6 until it ends by itself, or until `signal` aborts: then k6 is interrupted once, finishes gracefully and exits
 * with 105. k6 runs in a process group of its own, since a Ctrl-C in the terminal would reach it too, and a second
 * interrupt makes it drop everything.
 * @throws LoadTestError when k6 cannot be started
 */
export async function runK6(
  k6Path: string,
  { args, env, input }: K6Command,
  onMessage: (message: K6Message) => void,
  signal: AbortSignal | undefined,
): Promise<K6Exit> {
  const child = spawn(k6Path, args, {
    env,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    detached: true,
  });
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const interrupt = interruptOn(child, signal);
  try {
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    // k6 may end before it has read everything; its exit code and log tell why.
    child.stdin?.on("error", () => {}).end(input);
    const output = collect(child.stdout as Readable);
    createInterface({ input: child.stderr as Readable }).on("line", (line) => {
      const message = parseK6Log(line);
      if (message !== null) onMessage(message);
    });
    const [code, killedBy] = await closed;
    if (killedBy !== null && !interrupt.done()) throw new LoadTestError(`k6 was killed by ${killedBy}`);
    return { exitCode: code ?? 105, output: output(), interrupted: interrupt.done() };
  } catch (error) {
    if (error instanceof LoadTestError) throw error;
    throw new LoadTestError(`cannot run k6 at ${k6Path}: ${reasonOf(error)}`, { cause: error });
  } finally {
    interrupt.cancel();
    process.removeListener("exit", killWithUs);
  }
}

function interruptOn(child: ChildProcess, signal: AbortSignal | undefined): { done(): boolean; cancel(): void } {
  let interrupted = false;
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    interrupted = true;
    child.kill("SIGINT");
    timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  if (signal?.aborted) interrupt();
  else signal?.addEventListener("abort", interrupt, { once: true });
  return {
    done: () => interrupted,
    cancel: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
    },
  };
}

/** Keeps the end of what is written: a script may print a lot before its summary. */
function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    text = (text + piece).slice(-outputMaxChars);
  });
  return () => text;
}
