import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resolveTool } from "@venturi/tools";
import { type Child, startChild } from "./child.js";
import { eventually } from "./eventually.js";
import { freePorts } from "./ports.js";
import { root } from "./venturi.js";

async function ready(url: string, child: Child): Promise<void> {
  await eventually(`${url} answers`, async () => {
    if (child.process.exitCode !== null) throw new Error(`the program ended:\n${child.output()}`);
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok ? true : undefined;
  });
}

/**
 * A real Prometheus with our rules, that accepts remote write and scrapes the given targets every second.
 * @param copyUrl a server that gets a copy of every sample by remote write 2.0
 */
export async function startPrometheus(
  folder: string,
  scrapeTargets: readonly string[],
  copyUrl?: string,
): Promise<{ url: string; child: Child }> {
  const [port] = (await freePorts(1)) as [number];
  const config = join(folder, "prometheus.yml");
  await writeFile(
    config,
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(join(root, "dashboards/dist/prometheus/rules.yaml"))}]
scrape_configs:
  - job_name: collector
    honor_labels: true
    static_configs: [{ targets: ${JSON.stringify(scrapeTargets)} }]
${copyUrl === undefined ? "" : remoteWriteTo(copyUrl)}`,
  );
  const { path } = await resolveTool("prometheus", { log: console.error });
  const child = startChild(path, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "tsdb")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--log.level=warn",
  ]);
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/-/ready`, child);
  return { url, child };
}

function remoteWriteTo(url: string): string {
  return `remote_write:
  - url: ${url}/api/v1/write
    protobuf_message: io.prometheus.write.v2.Request
    send_exemplars: true
    send_native_histograms: true
    queue_config: { batch_send_deadline: 500ms }
`;
}

export interface RunningJaeger {
  readonly url: string;
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
  readonly child: Child;
}

export interface JaegerOptions {
  /** A Go duration. Default 0s: clocks are not corrected. */
  readonly maxClockSkewAdjust?: string;
  /** Prometheus' API with the metrics of spans, for Jaeger's own metrics API. Default: none. */
  readonly metricsUrl?: string;
}

/** A real Jaeger with its storage in memory. */
export async function startJaeger(folder: string, options: JaegerOptions = {}): Promise<RunningJaeger> {
  const { maxClockSkewAdjust = "0s", metricsUrl } = options;
  const metrics = metricsUrl === undefined ? "" : ", metrics: prometheus";
  const normalize = "normalize_calls: true, normalize_duration: true";
  const metricBackends =
    metricsUrl === undefined
      ? ""
      : `metric_backends: { prometheus: { prometheus: { endpoint: "${metricsUrl}", ${normalize} } } }`;
  const [grpc, http, query, queryGrpc, health] = (await freePorts(5)) as [number, number, number, number, number];
  const config = join(folder, "jaeger.yaml");
  await writeFile(
    config,
    `service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
extensions:
  healthcheckv2:
    use_v2: true
    http: { endpoint: 127.0.0.1:${health} }
  jaeger_storage:
    backends: { memory: { memory: { max_traces: 100000 } } }
    ${metricBackends}
  jaeger_query:
    storage: { traces: memory${metrics} }
    max_clock_skew_adjust: ${maxClockSkewAdjust}
    http: { endpoint: 127.0.0.1:${query} }
    grpc: { endpoint: 127.0.0.1:${queryGrpc} }
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:${grpc} }
      http: { endpoint: 127.0.0.1:${http} }
exporters:
  jaeger_storage_exporter: { trace_storage: memory }
`,
  );
  const { path } = await resolveTool("jaeger", { log: console.error });
  // Jaeger traces itself to port 4317 unless told not to.
  const child = startChild(path, ["--config", config], { env: { OTEL_TRACES_SAMPLER: "always_off" } });
  const url = `http://127.0.0.1:${query}`;
  await ready(`${url}/api/services`, child);
  return { url, otlpGrpc: `127.0.0.1:${grpc}`, otlpHttp: `http://127.0.0.1:${http}`, child };
}

/** A stock OpenTelemetry Collector with the given configuration; resolves when it says that it is ready. */
export async function startOtelcol(folder: string, name: string, config: string): Promise<Child> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, config);
  const { path } = await resolveTool("otelcol", { log: console.error });
  const child = startChild(path, ["--config", file]);
  await child.waitForOutput(/Everything is ready/);
  return child;
}

/** A real Redis that keeps nothing on disk; from the distribution's package, or `REDIS_SERVER_BIN`. */
export async function startRedis(): Promise<{ url: string; child: Child }> {
  const [port] = (await freePorts(1)) as [number];
  const program = process.env.REDIS_SERVER_BIN ?? "redis-server";
  const child = startChild(program, [
    "--bind",
    "127.0.0.1",
    "--port",
    String(port),
    "--save",
    "",
    "--appendonly",
    "no",
  ]);
  await child.waitForOutput(/Ready to accept connections/);
  return { url: `redis://127.0.0.1:${port}`, child };
}
