import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ToolPin } from "./pins.js";
import { run } from "./run.js";

export interface BuildOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Least time between two progress lines. */
  readonly progressIntervalMs?: number;
}

/** True when a Go toolchain answers on PATH. */
export async function hasGo(): Promise<boolean> {
  try {
    return (await run("go", ["version"])).code === 0;
  } catch {
    return false;
  }
}

async function countPackages(cwd: string, pin: ToolPin, signal: AbortSignal | undefined): Promise<number> {
  const listed = await run("go", ["list", "-deps", pin.goPackage], { cwd, signal });
  if (listed.code !== 0) throw new Error(`cannot list the packages of ${pin.name}: ${lastLine(listed.stderr)}`);
  return listed.stdout.split("\n").filter(Boolean).length;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "no output";
}

/**
 * Builds a tool from its pinned Go module into `target`. The file appears whole or not at all: two processes may build
 * the same tool, and the later rename wins.
 *
 * @throws Error with the compiler's last line when the build fails.
 */
export async function buildWithGo(pin: ToolPin, target: string, options: BuildOptions): Promise<void> {
  const cwd = fileURLToPath(new URL(`../go/${pin.goFolder}`, import.meta.url));
  options.log(
    `${pin.name}: building ${pin.version} from its Go module, once (about ${pin.buildMinutes} min on 2 cores)`,
  );
  const started = Date.now();
  const total = await countPackages(cwd, pin, options.signal);
  let compiled = 0;
  let lastProgress = Date.now();
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.partial-${process.pid}`;
  try {
    const args = [
      "build",
      "-v",
      "-trimpath",
      "-ldflags",
      ["-s -w", ...pin.ldflags].join(" "),
      "-o",
      partial,
      pin.goPackage,
    ];
    const built = await run("go", args, {
      cwd,
      signal: options.signal,
      onErrorLine: () => {
        compiled++;
        if (Date.now() - lastProgress < (options.progressIntervalMs ?? 10_000)) return;
        lastProgress = Date.now();
        const seconds = Math.round((lastProgress - started) / 1000);
        options.log(`${pin.name}: compiled ${compiled} of at most ${total} packages, ${seconds} s`);
      },
    });
    if (built.code !== 0) throw new Error(`cannot build ${pin.name} ${pin.version}: ${lastLine(built.stderr)}`);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
  options.log(`${pin.name}: built in ${Math.round((Date.now() - started) / 1000)} s`);
}
