import { randomBytes } from "node:crypto";
import type { CollectorConfig, ConfiguredComponent } from "../config/config.js";
import type { ConfigSource } from "../config/source.js";

const AUTH = "bearertokenauth/workers";

/** The token that workers show to the primary. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** The `prometheus` exporters that pipelines name. */
export function relayedExporters(config: CollectorConfig): ConfiguredComponent[] {
  const ids = new Set(config.pipelines.flatMap(({ exporters }) => exporters));
  return [...config.components.exporter.values()].filter(
    ({ id, factory }) => factory.type === "prometheus" && ids.has(id.text),
  );
}

/** The receiver of the primary for one exporter. */
export function relayReceiver(exporter: string): string {
  return `otlp/${exporter}`;
}

/**
 * What the primary runs itself: the `prometheus` exporters, each behind an OTLP receiver for the workers, and the health
 * check. One accumulator for all workers: a cumulative series that changes workers stays one series, deltas of several
 * are added up.
 */
export function relayConfig(config: CollectorConfig, token: string): ConfigSource {
  const exporters = relayedExporters(config);
  const health = config.extensions.flatMap((id) => {
    const found = config.components.extension.get(id);
    return found?.factory.type === "health_check" ? [found] : [];
  });
  const receiver = { protocols: { http: { endpoint: "127.0.0.1:0", auth: { authenticator: AUTH } } } };
  const ids = exporters.length === 0 ? ["nop"] : exporters.map(({ id }) => id.text);
  const { level, encoding, initial_fields } = config.telemetry.logs;
  const tree = {
    extensions: { [AUTH]: { token }, ...written(health) },
    receivers: Object.fromEntries(ids.map((id) => [relayReceiver(id), receiver])),
    exporters: exporters.length === 0 ? { nop: null } : written(exporters),
    service: {
      extensions: [AUTH, ...health.map(({ id }) => id.text)],
      pipelines: Object.fromEntries(
        ids.map((id) => [`metrics/${id}`, { receivers: [relayReceiver(id)], exporters: [id] }]),
      ),
      telemetry: { metrics: { level: "none" }, logs: { level, encoding, initial_fields } },
    },
  };
  // JSON is YAML; what was expanded is not to be expanded again.
  return { name: "workers", text: JSON.stringify(tree).replaceAll("$", "$$$$") };
}

function written(components: readonly ConfiguredComponent[]): Record<string, unknown> {
  return Object.fromEntries(components.map(({ id, written: options }) => [id.text, options]));
}
