import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Files of `/proc`, below the root of the machine that is watched. */
export class ProcFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  path(...steps: readonly string[]): string {
    return join(this.root, "proc", ...steps);
  }

  text(...steps: readonly string[]): Promise<string> {
    return readFile(this.path(...steps), "utf8");
  }

  async lines(...steps: readonly string[]): Promise<string[]> {
    return (await this.text(...steps)).split("\n").filter((line) => line !== "");
  }

  /** Undefined when the file is not there or not readable for this user. */
  async maybe(...steps: readonly string[]): Promise<string | undefined> {
    try {
      return await this.text(...steps);
    } catch {
      return undefined;
    }
  }

  /** When the machine started; nanoseconds since the epoch, 0 when nobody knows. */
  async bootNano(): Promise<bigint> {
    const seconds = /^btime (\d+)$/m.exec((await this.maybe("stat")) ?? "")?.[1] ?? 0;
    return BigInt(seconds) * 1_000_000_000n;
  }
}

/** What the kernel counts processor time in, on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** `name: value` or `name value` lines as numbers. */
export function numbersByName(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split("\n").flatMap((line): [string, number][] => {
      const match = /^([^\s:]+):?\s+(\d+)/.exec(line);
      return match === null ? [] : [[match[1] as string, Number(match[2])]];
    }),
  );
}
