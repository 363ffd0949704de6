import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** What a child tells over IPC once it serves. */
export interface Listening {
  readonly type: "listening";
  readonly port?: number;
  readonly url?: string;
  /** Of the network: the port of its TCP hop. */
  readonly hopPort?: number;
}

export interface ChildSettings {
  readonly name: string;
  /** Arguments to node: flags, the script, its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly listening: Listening;
  /** Ends the process, by force after 8 s; resolves when it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/** The processes of one shop. */
export class Children {
  readonly #children: ChildProcess[] = [];
  #stopping = false;

  /**
   * Starts a Node process and waits until it says that it serves.
   * @throws Error with the last lines of its output when it ends before that.
   */
  async start(settings: ChildSettings): Promise<Child> {
    const { name, args, cwd, env, log } = settings;
    if (this.#stopping) throw new Error(`cannot start ${name}: the shop is stopping`);
    // Detached: a terminal's Ctrl-C reaches only the parent, which then stops its children in order.
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    this.#children.push(child);
    const lastLines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      forEachLine(stream as Readable, (line) => {
        if (lastLines.push(line) > 20) lastLines.shift();
        log(`${name}: ${line}`);
      });
    }
    const listening = await new Promise<Listening>((resolve, reject) => {
      child.once("error", (cause) => reject(new Error(`cannot start ${name}: ${cause.message}`, { cause })));
      child.once("close", (code, signal) => {
        reject(new Error(`cannot start ${name}: it ended (${signal ?? `code ${code}`}): ${reason(lastLines)}`));
      });
      child.on("message", (message) => {
        if ((message as Listening).type === "listening") resolve(message as Listening);
      });
    });
    return { name, pid: child.pid!, listening, stop: () => stop(child) };
  }

  /** Ends all at once, those that still start included, and starts no more. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#children.map(stop));
  }
}

function forEachLine(stream: Readable, visit: (line: string) => void): void {
  createInterface({ input: stream }).on("line", visit);
}

/** The line that names the error, or else the last one. */
function reason(lines: readonly string[]): string {
  return (lines.findLast((line) => /error\b.*: /i.test(line)) ?? lines.at(-1) ?? "no output").trim();
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const impatient = setTimeout(() => child.kill("SIGKILL"), 8_000);
  await exited;
  clearTimeout(impatient);
}
