import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const NAME = "lock";
const RETRY_MS = 50;

/** Paths that this process has: its own number in a file may be that of an earlier process. */
const held = new Set<string>();

/**
 * Makes the folder this process's own. A lock whose process is gone is taken over. Answers how to give it back;
 * undefined when somebody else still has it after `timeoutMs`. @throws Error of the file system.
 */
export async function lockFolder(folder: string, timeoutMs: number): Promise<(() => Promise<void>) | undefined> {
  const path = join(folder, NAME);
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    if (!held.has(path) && (await tryLock(path))) {
      return async () => {
        held.delete(path);
        await rm(path, { force: true });
      };
    }
    if (performance.now() >= deadlineMs) return undefined;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function tryLock(path: string): Promise<boolean> {
  held.add(path);
  const draft = `${path}.${process.pid}`;
  try {
    // A link appears with its content or not at all: nobody reads half a lock.
    await writeFile(draft, JSON.stringify({ pid: process.pid, started: await startTime(process.pid) }));
    if (await linked(draft, path)) return true;
    if (!(await isStale(path))) {
      held.delete(path);
      return false;
    }
    await rm(path, { force: true });
    if (await linked(draft, path)) return true;
    held.delete(path);
    return false;
  } catch (error) {
    held.delete(path);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Whether the process that wrote the lock is gone. Called only when this process does not hold it. */
async function isStale(path: string): Promise<boolean> {
  let owner: { pid?: unknown; started?: unknown };
  try {
    owner = JSON.parse(await readFile(path, "utf8")) as typeof owner;
  } catch (error) {
    // Given back meanwhile, or damaged: nobody's in either case.
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
  const pid = Number(owner.pid);
  // In a container every process has the same number, so ours in the file is that of our predecessor.
  if (!Number.isInteger(pid) || pid === process.pid || !isAlive(pid)) return true;
  const started = await startTime(pid);
  return started !== undefined && owner.started !== undefined && started !== owner.started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in ticks since boot; undefined where the system does not say. A number may be given again. */
async function startTime(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in parentheses that may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
