import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A Unix socket's path must fit 104 bytes on the systems that allow the fewest. */
const maxPathBytes = 100;

/** Where the process that has a store open answers `venturi store …`: beside the file, or by a hash of its path. */
export function controlPath(databasePath: string): string {
  const path = resolve(databasePath);
  const hash = createHash("sha256").update(path).digest("hex").slice(0, 16);
  if (process.platform === "win32") return `\\\\.\\pipe\\venturi-${hash}`;
  const beside = `${path}.sock`;
  return Buffer.byteLength(beside) <= maxPathBytes ? beside : join(tmpdir(), `venturi-${hash}.sock`);
}
