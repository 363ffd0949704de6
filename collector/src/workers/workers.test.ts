// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations are written with them
import { expect, test } from "vitest";
import { components } from "../components.js";
import { type CollectorConfig, loadConfig } from "../config/config.js";
import type { LedgerSnapshot } from "../ledger.js";
import { joinExpositions } from "./join-expositions.js";
import { relayConfig } from "./relay-config.js";
import { sumLedgers } from "./sum-ledgers.js";
import { checkWorkers, type WorkerRole, workerView } from "./worker-view.js";

const load = (text: string, env: NodeJS.ProcessEnv = {}): Promise<CollectorConfig> =>
  loadConfig({ configs: [{ name: "c.yaml", text }], env }, components);

const YAML = `
extensions: {file_storage: {directory: /q}, health_check: }
receivers: {otlp: , prometheus: {config: {scrape_configs: [{job_name: a, static_configs: [{targets: ["127.0.0.1:1"]}]}]}}}
exporters:
  prometheus/a: {endpoint: "127.0.0.1:9000", const_labels: {price: "$\${PRICE}"}}
  prometheus/unused: {endpoint: "127.0.0.1:9001"}
  otlphttp: {endpoint: "http://a:1", sending_queue: {storage: file_storage}}
  prometheusremotewrite: {endpoint: "http://a:1", wal: {directory: /wal}}
service:
  extensions: [file_storage, health_check]
  pipelines:
    metrics: {receivers: [otlp, prometheus], exporters: [prometheus/a, otlphttp]}
`;

test("a worker has its own folder, hands metrics to the primary, and fetches only when it is the first", async () => {
  const config = await load(YAML);
  const role: WorkerRole = {
    index: 2,
    count: 2,
    relays: { "prometheus/a": { url: "http://127.0.0.1:1", token: "t" } },
  };
  const view = workerView(config, role);
  expect(view.extensions).toEqual(["file_storage"]);
  expect(view.components.extension.get("file_storage")?.config).toMatchObject({ directory: "/q/worker-2" });
  const remote = view.components.exporter.get("prometheusremotewrite");
  expect(remote?.config).toMatchObject({ wal: { directory: "/wal/worker-2" } });
  expect([...view.idleReceivers]).toEqual(["prometheus"]);
  expect(workerView(config, { ...role, index: 1 }).idleReceivers.size).toBe(0);
  const relayed = view.components.exporter.get("prometheus/a");
  expect([relayed?.id.text, relayed?.factory.type]).toEqual(["prometheus/a", "otlp_http"]);
  expect(view.components.exporter.get("otlphttp")).toBe(config.components.exporter.get("otlphttp"));
});

test("the primary runs the prometheus exporters as they were written, and the health check", async () => {
  const source = relayConfig(await load(YAML), "token");
  if (typeof source === "string") throw new Error("no text");
  const own = await load(source.text, { PRICE: "expanded twice" });
  expect(own.pipelines).toEqual([
    {
      id: "metrics/prometheus/a",
      signal: "metrics",
      receivers: ["otlp/prometheus/a"],
      processors: [],
      exporters: ["prometheus/a"],
    },
  ]);
  expect(own.components.exporter.get("prometheus/a")?.config).toMatchObject({
    endpoint: "127.0.0.1:9000",
    const_labels: { price: "${PRICE}" },
  });
  expect(own.extensions).toEqual(["bearertokenauth/workers", "health_check"]);
});

test("what cannot run in several workers is named with what to do, unless no pipeline names it", async () => {
  const text = (exporters: string) => `
receivers: {otlp: }
processors: {tail_sampling: {policies: [{name: a, type: always_sample}]}}
exporters: {venturi_store: {path: /p}, nop: }
service: {pipelines: {traces: {receivers: [otlp], processors: [tail_sampling], exporters: ${exporters}}}}
`;
  const config = await load(text("[venturi_store]"));
  expect(() => checkWorkers(config, 2)).toThrow(
    /tail_sampling: cannot run in 2 workers.*\n.*venturi_store: cannot run/,
  );
  checkWorkers(config, 1);
  const other = await load(text("[nop]").replace("processors: [tail_sampling], ", ""));
  checkWorkers(other, 2);
});

test("expositions are joined family by family", () => {
  const one = (worker: string, more = "") =>
    `# HELP a_total A\n# TYPE a_total counter\na_total{worker="${worker}"} 1\n${more}`;
  expect(joinExpositions([one("1"), one("2", "# TYPE b gauge\nb 3\n"), ""])).toBe(
    '# HELP a_total A\n# TYPE a_total counter\na_total{worker="1"} 1\na_total{worker="2"} 1\n# TYPE b gauge\nb 3\n',
  );
});

test("ledgers are summed number by number, and balance when all do", () => {
  const books = (factor: number, balanced: boolean): LedgerSnapshot => ({
    pipelines: [
      {
        pipeline: "traces",
        signal: "traces",
        accepted: 10 * factor,
        refused: factor,
        undecided: 0,
        waiting: 0,
        dropped: {},
        processors: { batch: { dropped: {}, held: 2 * factor } },
        exits: {
          otlp: {
            kind: "exporter",
            sent: 7 * factor,
            dropped: { [`r${factor}`]: factor },
            queued: 0,
            recovered: 0,
            stored: 0,
          },
        },
        balanced,
      },
    ],
  });
  expect(sumLedgers([books(1, true), books(2, false)]).pipelines).toMatchObject([
    {
      accepted: 30,
      refused: 3,
      processors: { batch: { held: 6 } },
      exits: { otlp: { sent: 21, dropped: { r1: 1, r2: 2 } } },
      balanced: false,
    },
  ]);
});
