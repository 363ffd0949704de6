import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { prometheusDuration } from "../duration.js";
import type { Discovery, DiscoveryContext, DiscoveryFactory, TargetGroup } from "./discovery.js";
import { readTargetList } from "./target-list.js";

const schema = z.strictObject({
  files: z
    .array(
      z.string().regex(/^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/, {
        error: (issue) =>
          `path name ${JSON.stringify(issue.input)} is not valid for file discovery; its last part may have one "*", its end must be .json, .yml or .yaml`,
      }),
    )
    .min(1),
  refresh_interval: prometheusDuration("5m"),
});
type FileConfig = z.infer<typeof schema>;

/** Targets in files that others write; a changed file is seen at once, and otherwise every `refresh_interval`. */
export const fileDiscovery: DiscoveryFactory<FileConfig> = {
  key: "file_sd_configs",
  schema,
  create: (config, context) => new FileDiscovery(config, context),
};

class FileDiscovery implements Discovery {
  private readonly config: FileConfig;
  private readonly context: DiscoveryContext;
  /** The last groups of each file: a file that is half written changes nothing. */
  private groups = new Map<string, readonly TargetGroup[]>();
  private readonly problems = new Map<string, string>();

  constructor(config: FileConfig, context: DiscoveryContext) {
    this.config = config;
    this.context = context;
  }

  async start(update: (groups: readonly TargetGroup[]) => void): Promise<() => Promise<void>> {
    let running: Promise<void> = Promise.resolve();
    let isQueued = false;
    const refresh = (): void => {
      if (isQueued) return;
      isQueued = true;
      running = running.then(async () => {
        isQueued = false;
        update(await this.read());
      });
    };
    const watchers = this.watchFolders(refresh);
    const timer = setInterval(refresh, Math.min(this.config.refresh_interval, 2 ** 31 - 1));
    refresh();
    await running;
    return async () => {
      clearInterval(timer);
      for (const watcher of watchers) watcher.close();
      await running;
    };
  }

  private watchFolders(changed: () => void): FSWatcher[] {
    const folders = new Set(this.config.files.map((file) => dirname(file)));
    return [...folders].flatMap((folder) => {
      try {
        return [watch(folder, { persistent: false }, changed).on("error", () => {})];
      } catch (error) {
        const detail = { folder, error: (error as Error).message };
        this.context.log.warn("Cannot watch for target files; they are read at each refresh_interval.", detail);
        return [];
      }
    });
  }

  private async read(): Promise<TargetGroup[]> {
    const groups = new Map<string, readonly TargetGroup[]>();
    const files = (await Promise.all(this.config.files.map(expand))).flat();
    for (const file of new Set(files)) {
      try {
        const text = await readFile(file, "utf8");
        const value: unknown = /\.json$/i.test(file) ? JSON.parse(text) : parse(text);
        groups.set(file, readTargetList(value, { __meta_filepath: file }));
        this.problems.delete(file);
      } catch (error) {
        const last = this.groups.get(file);
        if (last !== undefined) groups.set(file, last);
        this.warn(file, (error as Error).message);
      }
    }
    this.groups = groups;
    return [...groups.values()].flat();
  }

  private warn(file: string, error: string): void {
    if (this.problems.get(file) === error) return;
    this.problems.set(file, error);
    this.context.log.warn("Cannot read target file; its last targets stay.", { where: this.context.what, file, error });
  }
}

/** The files that a path with a star names, by name; a path without one is itself, if it is there or not. */
async function expand(pattern: string): Promise<string[]> {
  if (!pattern.includes("*")) return [pattern];
  const folder = dirname(pattern);
  const [before = "", after = ""] = basename(pattern).split("*");
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
    .sort()
    .map((name) => join(folder, name));
}
