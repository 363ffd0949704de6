import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";

export interface Usage {
  /** User and system time of the process and of its ended children. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Linux: USER_HZ, fixed at 100 in what /proc shows. */
const ticksPerSecond = 100;

/** A collector under measurement. */
export class CollectorProcess {
  readonly #child: ChildProcess;
  readonly #errors: string[] = [];

  constructor(command: readonly string[]) {
    const [program, ...args] = command as [string, ...string[]];
    this.#child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors.push(chunk.toString());
      if (this.#errors.length > 100) this.#errors.shift();
    });
  }

  /** Resolves when the port accepts connections. @throws Error when the process ends before. */
  async listening(port: number): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (this.#child.exitCode !== null) throw new Error(`the collector ended: ${this.#errors.join("")}`);
      const open = await new Promise<boolean>((resolve) => {
        const socket = connect({ port, host: "127.0.0.1" }, () => {
          socket.destroy();
          resolve(true);
        });
        socket.once("error", () => resolve(false));
      });
      if (open) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the collector does not listen on port ${port}: ${this.#errors.join("")}`);
  }

  /** Of the process and its workers. */
  async usage(): Promise<Usage> {
    const usages = await Promise.all((await family(this.#child.pid as number)).map(usageOf));
    return {
      cpuSeconds: usages.reduce((sum, one) => sum + one.cpuSeconds, 0),
      peakRssBytes: usages.reduce((sum, one) => sum + one.peakRssBytes, 0),
    };
  }

  /** What it wrote to standard error, the end of it. */
  get log(): string {
    return this.#errors.join("");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

/** A process and all that it started. */
async function family(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const families = children
    .split(" ")
    .filter(Boolean)
    .map((child) => family(Number(child)));
  return [pid, ...(await Promise.all(families)).flat()];
}

async function usageOf(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // After the command's name, which may hold spaces: field 3 is the first; utime is 14, cstime 17.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const peakKib = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
  return { cpuSeconds: ticks / ticksPerSecond, peakRssBytes: peakKib * 1024 };
}
