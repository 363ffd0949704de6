import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { LoadTestError, reasonOf } from "../load-test-error.js";
import type { Build } from "./interleave.js";

export interface RevisionOptions {
  /** The user's git repository, or a folder of it. */
  readonly repository: string;
  /** Run once in each checked-out revision, by the shell: install, build. */
  readonly prepare?: string;
  /** Brings the service up, by the shell, in the folder of the revision. */
  readonly start: string;
  /** The service is up when this URL answers with a status below 500. */
  readonly readyUrl: string;
  readonly readyTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface RevisionBuild extends Build {
  /** Takes the checked-out folder away. */
  remove(): Promise<void>;
}

const run = promisify(execFile);
const stopGraceMs = 10_000;
const outputKeptChars = 2000;

/**
 * Checks a revision out into a folder of its own (`git worktree`), so that what the user is working on stays as it is.
 * @throws LoadTestError when git or the preparation fails
 */
export async function revisionBuild(revision: string, options: RevisionOptions): Promise<RevisionBuild> {
  const parent = await mkdtemp(join(tmpdir(), "venturi-revision-"));
  const folder = join(parent, "tree");
  const git = (...args: string[]): Promise<unknown> => run("git", ["-C", options.repository, ...args]);
  const remove = async (): Promise<void> => {
    await git("worktree", "remove", "--force", folder).catch(() => {});
    await rm(parent, { recursive: true, force: true });
  };
  try {
    // A name that begins with a dash would be read as an option.
    await git("worktree", "add", "--detach", "--quiet", folder, "--end-of-options", revision);
    if (options.prepare !== undefined) await prepare(options.prepare, folder, options.signal);
  } catch (error) {
    await remove();
    if (error instanceof LoadTestError) throw error;
    throw new LoadTestError(`cannot check out ${revision}: ${lastLine(stderrOf(error))}`, { cause: error });
  }
  return { label: revision, remove, start: () => startService(folder, options) };
}

async function prepare(command: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await run("sh", ["-c", command], { cwd: folder, maxBuffer: 64 * 1024 * 1024, ...(signal ? { signal } : {}) });
  } catch (error) {
    throw new LoadTestError(`cannot prepare with "${command}": ${lastLine(stderrOf(error))}`, { cause: error });
  }
}

async function startService(folder: string, options: RevisionOptions): ReturnType<Build["start"]> {
  const { start, readyUrl, readyTimeoutMs = 60_000, signal } = options;
  // A process group of its own: `npm start` does not hand a signal on to what it started.
  const child = spawn("sh", ["-c", start], { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const output = keepOutput(child);
  const stop = (): Promise<void> => stopGroup(child);
  try {
    await waitReady(child, readyUrl, readyTimeoutMs, signal);
  } catch (error) {
    await stop();
    const said = lastLine(output());
    throw new LoadTestError(`cannot start "${start}": ${reasonOf(error)}${said === "" ? "" : ` (${said})`}`, {
      cause: error,
    });
  }
  return { env: {}, stop };
}

async function waitReady(
  child: ChildProcess,
  url: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    signal?.throwIfAborted();
    if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
    if (Date.now() > deadline) throw new Error(`${url} did not answer within ${timeoutMs / 1000} s`);
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    await response?.body?.cancel();
    if (response !== undefined && response.status < 500) return;
    await sleep(50);
  }
}

/** SIGTERM to all that the command started, then SIGKILL to what is left. */
async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  };
  const closed = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  kill("SIGTERM");
  const timer = setTimeout(() => kill("SIGKILL"), stopGraceMs);
  await closed;
  clearTimeout(timer);
  kill("SIGKILL");
}

function keepOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      text = (text + piece).slice(-outputKeptChars);
    });
  }
  return () => text;
}

function stderrOf(error: unknown): string {
  const { stderr } = error as { stderr?: unknown };
  return typeof stderr === "string" && stderr.trim() !== "" ? stderr : reasonOf(error);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
