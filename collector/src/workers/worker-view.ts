import { join } from "node:path";
import type { CollectorConfig, ConfiguredComponent } from "../config/config.js";
import { ConfigError, type ConfigProblem } from "../config/config-error.js";
import { otlpHttpExporter } from "../exporters/otlphttp/otlphttp.js";
import type { RemoteWriteConfig } from "../exporters/prometheusremotewrite/config.js";
import type { FileStorageConfig } from "../extensions/file_storage/config.js";

/** Which of several processes of one collector this is. */
export interface WorkerRole {
  /** 1, 2, … */
  readonly index: number;
  readonly count: number;
  /** Where the primary takes the metrics of `prometheus` exporters, by id. */
  readonly relays: Readonly<Record<string, Relay>>;
}

export interface Relay {
  readonly url: string;
  readonly token: string;
}

/** Components that cannot work in several processes, and what to do about it. */
const ALONE: Readonly<Record<string, string>> = {
  "processor tail_sampling": "decides about whole traces, and the spans of a trace come to any worker",
  "processor groupbytrace": "gathers whole traces, and the spans of a trace come to any worker",
  "connector servicegraph": "pairs spans of one trace, and they come to any worker",
  "connector service_graph": "pairs spans of one trace, and they come to any worker",
  "exporter venturi_store": "has a store that one process opens",
  "exporter file": "writes a file that one process writes to",
};
const INSTEAD =
  "run it with --workers 1, or as a second collector behind this one; for more than one of those use the loadbalancing exporter";

/** Receivers that fetch: of several workers only the first does. */
const FETCHING: ReadonlySet<string> = new Set(["prometheus", "hostmetrics", "host_metrics"]);

/** @throws ConfigError naming every component that needs to be alone. */
export function checkWorkers(config: CollectorConfig, count: number): void {
  if (count < 2) return;
  const problems: ConfigProblem[] = [];
  for (const { kind, key, configured } of used(config)) {
    const why = ALONE[`${kind} ${configured.factory.type}`];
    if (why === undefined) continue;
    problems.push({
      place: undefined,
      path: `${kind}s::${key}`,
      message: `cannot run in ${count} workers: it ${why}; ${INSTEAD}`,
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

function used(config: CollectorConfig): { kind: string; key: string; configured: ConfiguredComponent }[] {
  return (["processor", "connector", "exporter"] as const).flatMap((kind) => {
    const keys = new Set(config.pipelines.flatMap((one) => (kind === "processor" ? one.processors : one.exporters)));
    return [...keys].flatMap((key) => {
      const configured = config.components[kind].get(key);
      return configured === undefined ? [] : [{ kind, key, configured }];
    });
  });
}

/** What one worker runs of a configuration: what there may be only once is left to the primary or to the first worker. */
export function workerView(config: CollectorConfig, role: WorkerRole): CollectorConfig {
  checkWorkers(config, role.count);
  const { exporter, extension, receiver } = config.components;
  const exporters = map(exporter, (one) => ownLog(relayed(one, role.relays[one.id.text]), role.index));
  const extensions = map(extension, (one) => ownFolder(one, role.index));
  const idle = [...receiver].filter(([, { factory }]) => role.index > 1 && FETCHING.has(factory.type));
  return {
    ...config,
    components: { ...config.components, exporter: exporters, extension: extensions },
    extensions: config.extensions.filter((id) => extension.get(id)?.factory.type !== "health_check"),
    idleReceivers: new Set(idle.map(([key]) => key)),
  };
}

function map(
  components: ReadonlyMap<string, ConfiguredComponent>,
  change: (one: ConfiguredComponent) => ConfiguredComponent,
): Map<string, ConfiguredComponent> {
  return new Map([...components].map(([key, one]) => [key, change(one)]));
}

/** A `prometheus` exporter of a worker hands its metrics to the one of the primary. */
function relayed(one: ConfiguredComponent, relay: Relay | undefined): ConfiguredComponent {
  if (one.factory.type !== "prometheus" || relay === undefined) return one;
  const config = otlpHttpExporter.schema.parse({
    endpoint: relay.url,
    compression: "none",
    headers: { authorization: `Bearer ${relay.token}` },
    sending_queue: { num_consumers: 1 },
    retry_on_failure: { initial_interval: "100ms", max_interval: "1s" },
  });
  return { id: one.id, factory: otlpHttpExporter, config, written: { relay } };
}

/** Likewise for the write-ahead log of remote write, which is a folder of its own. */
function ownLog(one: ConfiguredComponent, index: number): ConfiguredComponent {
  if (one.factory.type !== "prometheus_remote_write" || one.config === undefined) return one;
  const config = one.config as RemoteWriteConfig;
  if (config.wal === undefined) return one;
  return {
    ...one,
    config: { ...config, wal: { ...config.wal, directory: join(config.wal.directory, `worker-${index}`) } },
  };
}

/** Two workers cannot have one folder. */
function ownFolder(one: ConfiguredComponent, index: number): ConfiguredComponent {
  if (one.factory.type !== "file_storage" || one.config === undefined) return one;
  const config = one.config as FileStorageConfig;
  return {
    ...one,
    config: { ...config, directory: join(config.directory, `worker-${index}`), create_directory: true },
  };
}
