import { type CollectorSettings, startCollector, validateConfig } from "@venturi/collector";
import type { Command } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { storeHost } from "../stack/store-host.js";
import { note, print } from "../terminal.js";
import { addTestCommand } from "./collector-test.js";

interface CollectorOptions {
  readonly config: string[];
  readonly set: string[];
}

const collect = (value: string, previous: string[]): string[] => [...previous, value];

function settings(options: CollectorOptions): CollectorSettings {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const host = storeHost({ reportsDir: reportsDir(dataDir(undefined)), log });
  return { configs: options.config, set: options.set, openStore: host.openStore, log };
}

function addConfigOptions(command: Command): Command {
  return command
    .option("--config <file>", "configuration file; several are merged in order", collect, [])
    .option("--set <key=value>", "override one value, such as processors.batch.timeout=2s", collect, []);
}

function requireConfig(options: CollectorOptions): void {
  if (options.config.length === 0) throw new Error("no configuration: name a file with --config collector.yaml");
}

/** `venturi collector`: the collector alone, from the user's configuration. */
export function addCollectorCommand(program: Command): void {
  const collector = program.command("collector").description("run the collector from OpenTelemetry Collector YAML");
  addConfigOptions(collector).action(async (options: CollectorOptions) => {
    requireConfig(options);
    const stopped = interruption();
    const running = await startCollector(settings(options));
    await stopped.happened;
    note("stopping: draining the pipelines");
    await running.shutdown();
  });
  addConfigOptions(collector.command("validate").description("check a configuration and list every problem")).action(
    async (own: CollectorOptions) => {
      // Options may stand on either side of the word `validate`.
      const above = collector.opts<CollectorOptions>();
      const options = { config: [...above.config, ...own.config], set: [...above.set, ...own.set] };
      requireConfig(options);
      await validateConfig(settings(options));
      print("configuration is valid");
    },
  );
  addTestCommand(collector);
}
