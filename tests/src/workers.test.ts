import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { NumberSender, startNumberSink } from "./support/numbered-spans.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

interface Ports {
  readonly otlp: number;
  readonly health: number;
  readonly prometheus: number;
  readonly telemetry: number;
}

const yaml = (ports: Ports, url: string, directory: string, more = ""): string => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${ports.otlp}"}}}}
processors: {batch: {timeout: 20ms}}
connectors: {spanmetrics: {metrics_flush_interval: 100ms}}
extensions:
  health_check: {endpoint: "127.0.0.1:${ports.health}"}
  file_storage: {directory: "${directory}"}
exporters:
  otlphttp: {endpoint: "${url}", encoding: json, sending_queue: {storage: file_storage}}
  prometheus: {endpoint: "127.0.0.1:${ports.prometheus}"${more}}
service:
  extensions: [health_check, file_storage]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${ports.telemetry}}}}}]}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp, spanmetrics]}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
`;

async function text(port: number, path = "/metrics"): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
  return answer.text();
}

const values = (exposition: string, name: string): { labels: string; value: number }[] =>
  [...exposition.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, "gm"))].map(([, labels = "", value]) => ({
    labels,
    value: Number(value),
  }));
const sum = (samples: readonly { value: number }[]): number => samples.reduce((total, { value }) => total + value, 0);

/** Child processes, as the system knows them. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

test("two workers are one collector to the outside, and one that dies comes back", async () => {
  const folder = await temporaryFolder();
  const sink = await startNumberSink();
  defer(() => sink.close());
  const [otlp, health, prometheus, telemetry] = (await freePorts(4)) as [number, number, number, number];
  const ports: Ports = { otlp, health, prometheus, telemetry };
  const file = join(folder, "collector.yaml");
  await writeFile(file, yaml(ports, sink.url, folder));
  const collector = venturi(["collector", "--config", file, "--workers", "2"]);
  defer(() => collector.stop());
  await collector.waitForOutput(/All workers are ready/);
  expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200);

  const sender = new NumberSender(`http://127.0.0.1:${otlp}`, 8, 5);
  await eventually("spans arrive", async () => (sink.counts.size > 500 ? true : undefined));
  const sent = await sender.stop();
  const arrived = () => eventually("all arrive", async () => (sink.counts.size === sent.length ? true : undefined));
  await arrived();
  expect([...sink.counts.values()].every((times) => times === 1)).toBe(true);

  // One endpoint with the series of both, told apart by the instance that made them.
  const calls = await eventually("calls are counted", async () => {
    const found = values(await text(prometheus), "traces_span_metrics_calls_total");
    return sum(found) === sent.length ? found : undefined;
  });
  expect(new Set(calls.map(({ labels }) => /collector_instance_id="([^"]+)"/.exec(labels)?.[1])).size).toBe(2);
  const accepted = values(await text(telemetry), "otelcol_receiver_accepted_spans");
  expect(accepted.map(({ labels }) => /worker="([^"]+)"/.exec(labels)?.[1]).sort()).toEqual(["1", "2"]);
  expect([sum(accepted), accepted.every(({ value }) => value > 0)]).toEqual([sent.length, true]);
  const ledger = JSON.parse(await text(telemetry, "/ledger")) as {
    pipelines: { accepted: number; balanced: boolean }[];
  };
  expect(ledger.pipelines[0]).toMatchObject({ accepted: sent.length, balanced: true });

  // A reload reaches all.
  await writeFile(file, yaml(ports, sink.url, folder, ", const_labels: {reloaded: yes}"));
  collector.process.kill("SIGHUP");
  await eventually("the reload", async () => ((await text(prometheus)).includes('reloaded="yes"') ? true : undefined));

  const [victim] = childrenOf(collector.process.pid as number);
  process.kill(victim as number, "SIGKILL");
  await collector.waitForOutput(/A worker has ended/);
  await eventually("health is back", async () =>
    (await fetch(`http://127.0.0.1:${health}/`)).status === 200 ? true : undefined,
  );
  expect(values(await text(telemetry), "venturi_worker_restarts")).toMatchObject([{ value: 1 }]);
  const before = sink.counts.size;
  const second = new NumberSender(`http://127.0.0.1:${otlp}`, 4, 5);
  await eventually("spans arrive again", async () => (second.acknowledged.length > 100 ? true : undefined));
  await second.stop();
  collector.process.kill("SIGTERM");
  expect(await collector.exited).toBe(0);
  expect(sink.counts.size).toBeGreaterThanOrEqual(before);
  expect(collector.output()).toMatch(/Ledger: traces: accepted \d+ .*"worker":"primary"/);
}, 60_000);

test("what needs all spans of a trace, or a file of its own, is refused before anything starts", async () => {
  const folder = await temporaryFolder();
  const file = join(folder, "collector.yaml");
  await writeFile(
    file,
    `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {tail_sampling: {policies: [{name: all, type: always_sample}]}}
exporters: {file: {path: "${join(folder, "out")}"}}
service: {pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: [file]}}}
`,
  );
  const collector = venturi(["collector", "--config", file, "--workers", "2"]);
  defer(() => collector.stop());
  expect(await collector.exited).toBe(1);
  expect(collector.output()).toMatch(/processors::tail_sampling: cannot run in 2 workers/);
  expect(collector.output()).toMatch(/exporters::file: cannot run in 2 workers/);
});
