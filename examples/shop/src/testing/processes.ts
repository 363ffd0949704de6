import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
export const packageRoot: string = fileURLToPath(new URL("../..", import.meta.url));

/** The services run from `dist`: brings it up to date, so that a test never runs yesterday's code. */
export async function build(): Promise<void> {
  const tsc = createRequire(import.meta.url)
    .resolve("typescript/package.json")
    .replace("package.json", "bin/tsc");
  await run(process.execPath, [tsc, "-b", packageRoot]);
}

/** True while a process with this id runs; one that ended but was not yet reaped has ended. */
export async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await run("ps", ["-o", "stat=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.trim() !== "" && !stdout.trim().startsWith("Z");
}

/** Ids of the shop's processes below `parentPid`. */
export async function shopProcessesOf(parentPid: number): Promise<number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,args="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === parentPid && args.join(" ").includes("dist/"))
    .map(([pid]) => Number(pid));
}

/** Asks again and again until `probe` is satisfied; the test's own time limit ends it. */
export async function until<T>(probe: () => Promise<T>, satisfied: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await probe();
    if (satisfied(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
