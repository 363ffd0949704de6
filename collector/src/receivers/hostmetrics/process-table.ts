import { readdir } from "node:fs/promises";
import type { ProcFiles } from "./proc-files.js";

/** The numbers of the processes that run now. */
export async function processIds(proc: ProcFiles): Promise<number[]> {
  return (await readdir(proc.path())).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The fields of /proc/PID/stat behind the name, of which `state` is the first: man 5 proc_pid_stat, field 3 on. */
export async function statFields(proc: ProcFiles, pid: number): Promise<string[] | undefined> {
  const text = await proc.maybe(String(pid), "stat");
  // The name may hold blanks and brackets, so the last bracket counts.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}
