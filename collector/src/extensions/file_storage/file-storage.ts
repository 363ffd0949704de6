import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  type ComponentHost,
  type Extension,
  type ExtensionFactory,
  StartError,
  type Storage,
  type StorageFolder,
} from "../../component.js";
import type { ComponentId } from "../../config/component-id.js";
import { type FileStorageConfig, schema } from "./config.js";
import { lockFolder } from "./folder-lock.js";
import { folderName } from "./folder-name.js";

/** Keeps what other components must not forget, in folders of its directory: the queues of exporters. */
export const fileStorageExtension: ExtensionFactory<FileStorageConfig> = {
  kind: "extension",
  type: "file_storage",
  schema,
  create: (config, host) => new FileStorage(config, host),
};

class FileStorage implements Extension {
  private readonly config: FileStorageConfig;
  private readonly host: ComponentHost;
  readonly storage: Storage;

  constructor(config: FileStorageConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.storage = { openFolder: (owner, name) => this.openFolder(owner, name) };
  }

  async start(): Promise<void> {
    const { directory, create_directory } = this.config;
    if (create_directory) await this.make(directory);
    const found = await stat(directory).catch(() => undefined);
    if (found?.isDirectory()) return;
    const why =
      found === undefined
        ? "does not exist; create it or set create_directory: true"
        : "is not a directory; name one in directory";
    throw this.problem(`${directory} ${why}`);
  }

  async shutdown(): Promise<void> {
    // Folders belong to those who opened them, and they close first.
  }

  private async openFolder(owner: ComponentId, name: string): Promise<StorageFolder> {
    const path = join(this.config.directory, folderName(owner, name));
    await this.make(path);
    const unlock = await lockFolder(path, this.config.timeout);
    if (unlock === undefined) {
      throw this.problem(`${path} is in use by another process; stop that one or give this one another directory`);
    }
    return { path, fsync: this.config.fsync, close: unlock };
  }

  private async make(path: string): Promise<void> {
    try {
      await mkdir(path, { recursive: true, mode: Number.parseInt(this.config.directory_permissions, 8) });
    } catch (error) {
      throw this.problem(`cannot create ${path}: ${(error as Error).message}`, error);
    }
  }

  private problem(why: string, cause?: unknown): StartError {
    return new StartError(`cannot start extension "${this.host.id.text}": ${why}`, { cause });
  }
}
