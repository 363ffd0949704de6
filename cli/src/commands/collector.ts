import cluster from "node:cluster";
import {
  type CollectorSettings,
  checkFeatureGates,
  components,
  listComponents,
  type PrintOptions,
  printConfig,
  type RunningCollector,
  type RunningWorkers,
  runWorker,
  startCollector,
  startWorkers,
  validateConfig,
} from "@venturi/collector";
import { type Command, InvalidArgumentError, Option } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { storeHost } from "../stack/store-host.js";
import { note, print } from "../terminal.js";
import { version } from "../version.js";
import { addTestCommand } from "./collector-test.js";

interface ConfigOptions {
  readonly config: string[];
  readonly set: string[];
  readonly featureGates: string[];
}

interface RunOptions extends ConfigOptions {
  readonly workers: number;
  readonly drainTimeout: number;
}

const collect = (value: string, previous: string[]): string[] => [...previous, value];

function collectGates(value: string, previous: string[]): string[] {
  const problems = checkFeatureGates(value);
  if (problems.length > 0) throw new InvalidArgumentError(problems.join("; "));
  return [...previous, value];
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`write a whole number of at least ${least}`);
    }
    return value;
  };
}

function settings({ config, set }: ConfigOptions): CollectorSettings {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const host = storeHost({ reportsDir: reportsDir(dataDir(undefined)), log });
  return { configs: config, set, openStore: host.openStore, log };
}

function addConfigOptions(command: Command): Command {
  const from = "a path, or file:, env:, yaml:, http: or https: and what it names";
  return command
    .option("--config <file>", `configuration; several are merged in order: ${from}`, collect, [])
    .option("--set <key=value>", "override one value, such as processors.batch.timeout=2s", collect, [])
    .option("--feature-gates <list>", "gates of the Collector, as +gate,-gate; none can be switched", collectGates, []);
}

function requireConfig(options: ConfigOptions): void {
  if (options.config.length === 0) throw new Error("no configuration: name a file with --config collector.yaml");
}

/** Options may stand on either side of the word of a subcommand. */
function joined<Own extends ConfigOptions>(collector: Command, own: Own): Own {
  const above = collector.opts<ConfigOptions>();
  const options = { ...own, config: [...above.config, ...own.config], set: [...above.set, ...own.set] };
  requireConfig(options);
  return options;
}

async function run(options: RunOptions): Promise<void> {
  requireConfig(options);
  const all: CollectorSettings = { ...settings(options), drainTimeoutMs: options.drainTimeout * 1000 };
  // The primary started this process with its own arguments, and tells it what to do.
  if (cluster.isWorker) return runWorker(all);
  const stopped = interruption();
  const running = options.workers > 1 ? await startWorkers(all, options.workers) : await startCollector(all);
  // Without this a hang-up ends the process; what is wrong is in the log, and the collector runs on.
  process.on("SIGHUP", () => void running.reload().catch(() => {}));
  await Promise.race([stopped.happened, ...failures(running)]);
  note("stopping: draining the pipelines");
  await running.shutdown();
}

/** Ends the command with an error when a reload could not be undone. */
function failures(running: RunningCollector | RunningWorkers): Promise<never>[] {
  return "failed" in running ? [running.failed] : [];
}

/** `venturi collector`: the collector alone, from the user's configuration. */
export function addCollectorCommand(program: Command): void {
  const collector = program
    .command("collector")
    .description("run the collector from OpenTelemetry Collector YAML; SIGHUP reads the configuration again")
    .option("--workers <n>", "processes that share the ports", wholeNumber(1), 1)
    .option("--drain-timeout <seconds>", "how long a shutdown may take to deliver what is queued", wholeNumber(0), 10);
  addConfigOptions(collector).action(run);
  addConfigOptions(collector.command("validate").description("check a configuration and list every problem")).action(
    async (own: ConfigOptions) => {
      await validateConfig(settings(joined(collector, own)));
      print("configuration is valid");
    },
  );
  addPrintConfig(collector);
  collector
    .command("components")
    .description("list the components and what they support, as YAML")
    .action(() => print(listComponents(components, version).trimEnd()));
  addTestCommand(collector);
}

interface PrintConfigOptions extends ConfigOptions, PrintOptions {
  readonly validate: string;
}

function addPrintConfig(collector: Command): void {
  const command = collector
    .command("print-config")
    .alias("print-initial-config")
    .description("print the configuration as it is after merging and expanding")
    .addOption(
      new Option("--mode <mode>", "whether secrets are masked").choices(["redacted", "unredacted"]).default("redacted"),
    )
    .addOption(new Option("--format <format>", "how it is printed").choices(["yaml", "json"]).default("yaml"))
    .addOption(new Option("--validate <bool>", "check it before").choices(["true", "false"]).default("true"));
  addConfigOptions(command).action(async (own: PrintConfigOptions) => {
    const options = joined(collector, own);
    if (options.validate === "true") await validateConfig(settings(options));
    const { configs, set = [] } = settings(options);
    print((await printConfig({ configs, set, env: process.env }, options)).trimEnd());
  });
}
