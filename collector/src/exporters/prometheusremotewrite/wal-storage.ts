import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ComponentHost, StartError, type Storage } from "../../component.js";
import { lockFolder } from "../../extensions/file_storage/folder-lock.js";

/** How long to wait for another process that has the folder: one that is about to end. */
const LOCK_TIMEOUT_MS = 1000;

/** The exporter's own storage for its queue, at `wal::directory`. Bytes count as written when the disk has them. */
export function walStorage(host: ComponentHost, directory: string): Storage {
  const problem = (why: string, cause?: unknown): StartError =>
    new StartError(`cannot start exporter "${host.id.text}": ${why}`, { cause });
  return {
    openFolder: async (owner) => {
      const path = join(directory, `prom_remotewrite_${owner.text.replaceAll(/[^a-zA-Z0-9.-]/g, "_")}`);
      try {
        await mkdir(path, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw problem(`cannot create the write-ahead log ${path}: ${(error as Error).message}`, error);
      }
      const unlock = await lockFolder(path, LOCK_TIMEOUT_MS);
      if (unlock === undefined) {
        throw problem(`the write-ahead log ${path} is in use by another process; set wal::directory to another folder`);
      }
      return { path, fsync: true, close: unlock };
    },
  };
}
