import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Undoes in reverse order what a test file set up; call `defer` as soon as there is something to undo. */
export function cleanup(): { defer(undo: () => unknown): void; temporaryFolder(): Promise<string> } {
  const undos: (() => unknown)[] = [];
  afterAll(async () => {
    for (const undo of undos.reverse()) await undo();
  }, 60_000);
  return {
    defer: (undo) => void undos.push(undo),
    temporaryFolder: async () => {
      const folder = await mkdtemp(join(tmpdir(), "venturi-test-"));
      undos.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
  };
}
