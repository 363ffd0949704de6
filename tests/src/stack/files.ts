import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Addresses } from "./addresses.js";
import type { ComposeService } from "./compose.js";

/** One `volumes` line of compose, on this machine. */
interface Mount {
  readonly target: string;
  readonly local: string;
}

/** A container's file system as far as compose mounts it: its paths on this machine. */
export class Files {
  readonly #mounts: readonly Mount[];

  private constructor(mounts: readonly Mount[]) {
    this.#mounts = mounts;
  }

  /**
   * Reads a service's mounted files from the checkout and writes them, with this machine's addresses, below `folder`.
   * Mounted folders are used where they are; volumes are new folders.
   */
  static async of(
    name: string,
    service: ComposeService,
    root: string,
    folder: string,
    addresses: Addresses,
  ): Promise<Files> {
    const mounts: Mount[] = [];
    for (const volume of service.volumes ?? []) {
      const [source = "", target = ""] = volume.split(":");
      const isVolume = !source.startsWith("./");
      const checkedOut = join(root, source);
      const isFolder = !isVolume && (await stat(checkedOut)).isDirectory();
      const local = isFolder ? checkedOut : join(folder, name, target);
      if (isVolume) await mkdir(local, { recursive: true });
      else if (!isFolder) {
        await mkdir(dirname(local), { recursive: true });
        await writeFile(local, await addresses.localise(name, await readFile(checkedOut, "utf8")));
      }
      mounts.push({ target, local });
    }
    return new Files(mounts);
  }

  /** An argument in which a path of the container is one of this machine. */
  localise(argument: string): string {
    for (const { target, local } of this.#mounts) {
      const at = argument.indexOf(target);
      const before = argument[at - 1];
      const after = argument[at + target.length];
      if (at >= 0 && (before === undefined || before === "=") && (after === undefined || after === "/"))
        return argument.slice(0, at) + local + argument.slice(at + target.length);
    }
    return argument;
  }
}
