import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** DuckDB locks a file against other processes, not against a second open in this one, so we keep our own register. */
const openPaths = new Set<string>();

/**
 * Takes note that a store is open. Every thread has a register of its own: the main thread notes what its workers open.
 * @returns what gives the path free again; safe to call twice
 * @throws {Error} one line: it is open already, or its directory is missing
 */
export function registerPath(path: string): () => void {
  if (path === ":memory:") return () => undefined;
  let resolved: string;
  try {
    resolved = join(realpathSync(dirname(path)), basename(path));
  } catch (cause) {
    throw new Error(`cannot open store "${path}": the directory ${dirname(path)} does not exist`, { cause });
  }
  if (openPaths.has(resolved)) throw new Error(`cannot open store "${path}": this process already has it open`);
  openPaths.add(resolved);
  let isHeld = true;
  return () => {
    if (isHeld) openPaths.delete(resolved);
    isHeld = false;
  };
}
