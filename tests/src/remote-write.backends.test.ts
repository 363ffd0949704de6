import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { batchToBytes } from "@venturi/otlp";
import { resolveTool } from "@venturi/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { eventually } from "./support/eventually.js";
import { metricsOfAllKinds } from "./support/metrics-corpus.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";
import { startWriteTarget, writtenExemplars, writtenSamples } from "./support/written-series.js";

const { defer, temporaryFolder } = cleanup();

/** Each writes with a label of its own, so that one Prometheus takes them all apart. */
const VARIANTS: readonly (readonly [name: string, options: string])[] = [
  ["v1", "send_metadata: true"],
  ["v1-small", "max_batch_size_bytes: 1000"],
  [
    "v1-options",
    "namespace: ns, add_metric_suffixes: false, disable_scope_info: true, target_info: { enabled: false }",
  ],
  ["v1-resource", "resource_to_telemetry_conversion: { enabled: true }"],
  ["v2", "protobuf_message: io.prometheus.write.v2.Request"],
  ["v2-small", "protobuf_message: io.prometheus.write.v2.Request, max_batch_size_bytes: 4000"],
  ["v2-utf8", "protobuf_message: io.prometheus.write.v2.Request, translation_strategy: NoUTF8EscapingWithSuffixes"],
  ["v2-untouched", "protobuf_message: io.prometheus.write.v2.Request, translation_strategy: NoTranslation"],
];

function writerConfig(otlp: number, prometheus: string): string {
  const exporters = VARIANTS.map(
    ([name, options]) =>
      `  prometheusremotewrite/${name}: { endpoint: "${prometheus}/api/v1/write", external_labels: { variant: ${name} }, ${options} }`,
  );
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${otlp} } } } }
exporters:
${exporters.join("\n")}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [otlp], exporters: [${VARIANTS.map(([name]) => `prometheusremotewrite/${name}`).join(", ")}] }
`;
}

async function startWriter(folder: string, name: "stock" | "ours", prometheus: string): Promise<string> {
  const [port] = (await freePorts(1)) as [number];
  const config = join(folder, `${name}.yaml`);
  await writeFile(config, writerConfig(port, prometheus));
  const gate = "exporter.prometheusremotewritexporter.enableSendingRW2";
  const child =
    name === "ours"
      ? venturi(["collector", "--config", config])
      : startChild((await resolveTool("otelcol", { log: console.error })).path, [
          "--config",
          config,
          `--feature-gates=${gate}`,
        ]);
  defer(() => child.stop());
  await child.waitForOutput(/Everything is ready/);
  return `http://127.0.0.1:${port}`;
}

describe("what Prometheus has after remote write is what it has from the Collector", () => {
  const targets: string[] = [];

  beforeAll(async () => {
    const folder = await temporaryFolder();
    const nowNano = BigInt(Date.now() - 60_000) * 1_000_000n;
    const batches = [metricsOfAllKinds(nowNano), metricsOfAllKinds(nowNano + 15_000_000_000n)];
    for (const name of ["stock", "ours"] as const) {
      const target = await startWriteTarget(folder, `${name}-prometheus`);
      defer(() => target.child.stop());
      targets.push(target.url);
      const url = await startWriter(folder, name, target.url);
      for (const batch of batches) {
        const headers = { "content-type": "application/x-protobuf" };
        const answer = await fetch(`${url}/v1/metrics`, { method: "POST", headers, body: batchToBytes(batch) });
        expect(answer.status).toBe(200);
      }
    }
    await Promise.all(
      targets.flatMap((url) =>
        VARIANTS.map(([name]) =>
          eventually(`${name} is written to ${url}`, async () => {
            const samples = await writtenSamples(url, `variant="${name}"`);
            return samples.filter((sample) => /lonely/.test(sample)).length === 2 ? true : undefined;
          }),
        ),
      ),
    );
  });

  test.each(VARIANTS.map(([name]) => name))("%s: samples and native histograms", async (name) => {
    const [stock, ours] = await Promise.all(targets.map((url) => writtenSamples(url, `variant="${name}"`)));
    expect(stock?.length).toBeGreaterThan(40);
    expect(ours?.filter((sample) => sample.includes('"buckets"')).length).toBe(4);
    expect(difference(ours ?? [], stock ?? [])).toEqual(SAME);
  });

  test.each(VARIANTS.map(([name]) => name))("%s: exemplars", async (name) => {
    const [stock, ours] = await Promise.all(targets.map((url) => writtenExemplars(url, `variant="${name}"`)));
    expect(ours?.length).toBeGreaterThan(4);
    // The Collector writes none of explicit histograms with version 2.0 yet.
    const comparable = (ours ?? []).filter((text) => name.startsWith("v1") || !text.includes('"le"'));
    expect(difference(comparable, stock ?? [])).toEqual(SAME);
  });
});
