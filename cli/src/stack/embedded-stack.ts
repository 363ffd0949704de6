import { type RunningCollector, startCollector } from "@venturi/collector";
import { reportsDir } from "./paths.js";
import type { RuleSettings } from "./rule-options.js";
import { type StackAddresses, stackConfig } from "./stack-config.js";
import { storeHost } from "./store-host.js";

export interface EmbeddedStack {
  readonly collector: RunningCollector;
  /** Base URL of the Prometheus and Jaeger APIs and of the pages. */
  readonly apiUrl: string;
  /** Base URL for OTLP over HTTP. */
  readonly otlpHttpUrl: string;
  /** Reads the rule files again. @throws {Error} a line for each problem: the rules stay as they were */
  reloadRules(): Promise<void>;
  /** Drains the pipelines into the store and closes both. */
  stop(): Promise<void>;
}

export interface StackSettings {
  readonly addresses: StackAddresses;
  readonly databasePath: string;
  /** The data folder; reports are kept below it. */
  readonly data: string;
  readonly log: (line: string) => void;
  /** What the store keeps; left out for its own defaults. */
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  /** Left out for no rules. */
  readonly rules?: RuleSettings;
  /** Answers SQL over HTTP, on this machine's own addresses only. */
  readonly sql?: boolean;
}

/**
 * Starts the collector with the embedded store behind it, in this process.
 *
 * @throws StartError when a port is in use or the database cannot be opened, as one line.
 */
export async function startStack(settings: StackSettings): Promise<EmbeddedStack> {
  const { retentionMs, retentionBytes, sql } = settings;
  const host = storeHost({
    reportsDir: reportsDir(settings.data),
    log: settings.log,
    rules: settings.rules ?? {},
    ...(sql === undefined ? {} : { sql }),
    ...(retentionMs === undefined ? {} : { retentionMs }),
    ...(retentionBytes === undefined ? {} : { retentionBytes }),
  });
  const collector = await startCollector({
    configs: [{ name: "venturi up", text: stackConfig(settings.addresses, settings.databasePath) }],
    openStore: host.openStore,
    log: settings.log,
  });
  const http = collector.endpoints.find(
    (endpoint) => endpoint.component === "receiver otlp" && endpoint.protocol === "http",
  );
  const apiUrl = host.urls[0];
  if (!http || !apiUrl) throw new Error("BUG: the embedded stack started without its OTLP or API endpoint");
  return {
    collector,
    apiUrl,
    otlpHttpUrl: `http://${http.address}`,
    reloadRules: () => host.reloadRules(),
    stop: () => collector.shutdown(),
  };
}
