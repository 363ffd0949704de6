import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveTool } from "@venturi/tools";
import { CollectorProcess } from "../collector/collector-process.js";

const cli = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));

/** A server under measurement, in a process of its own. */
export interface Server {
  readonly name: string;
  readonly process: CollectorProcess;
  /** Base URL for OTLP over HTTP, where it takes spans. */
  readonly otlpUrl: string;
  /** Base URL of the Prometheus or Jaeger API. */
  readonly apiUrl: string;
  /** Where it keeps its data; nothing for memory. */
  readonly dataDir: string | undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Venturi's collector with the embedded store and nothing else. */
export async function startVenturi(folder: string): Promise<Server> {
  await mkdir(folder, { recursive: true });
  const [otlp, api] = [await freePort(), await freePort()];
  const config = join(folder, "venturi.yaml");
  await writeFile(
    config,
    `receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:${otlp}"}}}
exporters:
  venturi_store: {path: ${JSON.stringify(join(folder, "venturi.duckdb"))}, endpoint: "127.0.0.1:${api}"}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [venturi_store]}
`,
  );
  const process_ = new CollectorProcess([process.execPath, cli, "collector", "--config", config]);
  await process_.listening(api);
  await process_.listening(otlp);
  return {
    name: "venturi",
    process: process_,
    otlpUrl: `http://127.0.0.1:${otlp}`,
    apiUrl: `http://127.0.0.1:${api}`,
    dataDir: folder,
  };
}

export async function startJaeger(folder: string, storage: "memory" | "badger"): Promise<Server> {
  await mkdir(join(folder, "data"), { recursive: true });
  const [grpc, http, query, queryGrpc, health] = await Promise.all([1, 2, 3, 4, 5].map(freePort));
  const backend =
    storage === "memory"
      ? "memory: { max_traces: 10000000 }"
      : `badger: { directories: { keys: ${JSON.stringify(join(folder, "data"))}, values: ${JSON.stringify(join(folder, "data"))} }, ephemeral: false }`;
  const config = join(folder, "jaeger.yaml");
  await writeFile(
    config,
    `service:
  extensions: [jaeger_storage, jaeger_query, healthcheckv2]
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
extensions:
  healthcheckv2: { use_v2: true, http: { endpoint: 127.0.0.1:${health} } }
  jaeger_storage: { backends: { main: { ${backend} } } }
  jaeger_query:
    storage: { traces: main }
    http: { endpoint: 127.0.0.1:${query} }
    grpc: { endpoint: 127.0.0.1:${queryGrpc} }
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${grpc} }, http: { endpoint: 127.0.0.1:${http} } } }
exporters:
  jaeger_storage_exporter: { trace_storage: main }
`,
  );
  const { path } = await resolveTool("jaeger", { log: console.error });
  const child = new CollectorProcess(["/usr/bin/env", "OTEL_TRACES_SAMPLER=always_off", path, "--config", config]);
  await child.listening(query as number);
  await child.listening(http as number);
  return {
    name: `jaeger-${storage}`,
    process: child,
    otlpUrl: `http://127.0.0.1:${http}`,
    apiUrl: `http://127.0.0.1:${query}`,
    dataDir: storage === "badger" ? join(folder, "data") : undefined,
  };
}

export async function startPrometheus(folder: string): Promise<Server> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, "prometheus.yml");
  await writeFile(config, "global: { scrape_interval: 15s }\n");
  const { path } = await resolveTool("prometheus", { log: console.error });
  const child = new CollectorProcess([
    path,
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "tsdb")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--log.level=error",
  ]);
  await child.listening(port);
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100 && !(await fetch(`${url}/-/ready`)).ok; attempt++) await pause(100);
  return { name: "prometheus", process: child, otlpUrl: "", apiUrl: url, dataDir: join(folder, "tsdb") };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Bytes of all files below a folder. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
