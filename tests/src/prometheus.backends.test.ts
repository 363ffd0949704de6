import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { batchToBytes } from "@venturi/otlp";
import { beforeAll, describe, expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { eventually } from "./support/eventually.js";
import { deltas, metricsOfAllKinds } from "./support/metrics-corpus.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";
import { startWriteTarget, writtenExemplars, writtenSamples } from "./support/written-series.js";

const { defer, temporaryFolder } = cleanup();

/** What the exporter's options change in an exposition, one exporter for each. */
const VARIANTS: readonly (readonly [name: string, options: string])[] = [
  ["plain", ""],
  ["openmetrics", "enable_open_metrics: true"],
  ["options", "namespace: ns, const_labels: { env: test, 'another label': 'x y' }, send_timestamps: true"],
  ["ignored", "add_metric_suffixes: false, without_scope_info: true"],
  ["resource", "resource_to_telemetry_conversion: { enabled: true }"],
  ["exclude", "resource_to_telemetry_conversion: { enabled: true, exclude_service_attributes: true }"],
  ["underscores", "translation_strategy: UnderscoreEscapingWithoutSuffixes"],
  ["utf8", "translation_strategy: NoUTF8EscapingWithSuffixes, enable_open_metrics: true"],
  ["untouched", "translation_strategy: NoTranslation, namespace: ns"],
];

interface Side {
  readonly otlp: string;
  readonly ports: readonly number[];
}
const sides: Side[] = [];

function exporterConfig(otlp: number, ports: readonly number[]): string {
  const exporters = VARIANTS.map(([name, options], index) => {
    return `  prometheus/${name}: { endpoint: "127.0.0.1:${ports[index]}"${options === "" ? "" : `, ${options}`} }`;
  });
  return `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${otlp} } } } }
exporters:
${exporters.join("\n")}
service:
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [otlp], exporters: [${VARIANTS.map(([name]) => `prometheus/${name}`).join(", ")}] } }
`;
}

async function post(url: string, body: Uint8Array): Promise<void> {
  const answer = await fetch(`${url}/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body,
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
}

async function scrape(port: number, accept: string): Promise<{ type: string | null; body: Buffer }> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
  return { type: answer.headers.get("content-type"), body: Buffer.from(await answer.arrayBuffer()) };
}

/** The lines of an exposition without their order; labels of exemplars in order too. */
function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/# \{(.*)\}/, (_, labels: string) => `# {${labels.split(",").sort().join()}}`))
    .sort();
}

describe("the prometheus exporter shows what the Collector's shows", () => {
  beforeAll(async () => {
    const folder = await temporaryFolder();
    const nowNano = BigInt(Date.now()) * 1_000_000n;
    for (const name of ["stock", "ours"]) {
      const [otlp, ...ports] = (await freePorts(VARIANTS.length + 1)) as [number, ...number[]];
      const config = exporterConfig(otlp, ports);
      if (name === "stock") {
        const child = await startOtelcol(folder, name, config);
        defer(() => child.stop());
      } else {
        await writeFile(join(folder, "ours.yaml"), config);
        const child = venturi(["collector", "--config", join(folder, "ours.yaml")]);
        defer(() => child.stop());
        await child.waitForOutput(/Everything is ready/);
      }
      sides.push({ otlp: `http://127.0.0.1:${otlp}`, ports });
    }
    for (const { otlp } of sides) {
      await post(otlp, batchToBytes(metricsOfAllKinds(nowNano)));
      for (const step of [0, 1, 2]) await post(otlp, batchToBytes(deltas(nowNano, step)));
    }
  });

  const accepts = [
    "",
    "text/plain;version=0.0.4;escaping=allow-utf-8",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;q=0.5",
    "application/openmetrics-text;version=1.0.0;escaping=underscores",
    "text/plain;escaping=dots",
    "text/plain;escaping=values",
  ];
  const cases = VARIANTS.flatMap(([name], index) => accepts.map((accept) => ({ name, index, accept })));
  test.each(cases)("$name, asked for $accept", async ({ index, accept }) => {
    const [stock, ours] = await Promise.all(sides.map(({ ports }) => scrape(ports[index] as number, accept)));
    expect(stock?.body.length).toBeGreaterThan(2000);
    expect(ours?.type).toBe(stock?.type);
    expect(difference(lines(String(ours?.body)), lines(String(stock?.body)))).toEqual(SAME);
  });

  test("a real Prometheus reads the same from both by protobuf, native histograms and exemplars included", async () => {
    const folder = await temporaryFolder();
    const jobs = sides.flatMap(({ ports }, index) =>
      VARIANTS.map(
        ([name], at) => `
  - job_name: ${name}-${index}
    scrape_interval: 1s
    honor_labels: true
    scrape_native_histograms: true
    static_configs: [{ targets: ["127.0.0.1:${ports[at]}"], labels: { side: "${index}", variant: ${name} } }]`,
      ),
    );
    const { url, child } = await startWriteTarget(folder, "scraper", `scrape_configs:${jobs.join("")}\n`);
    defer(() => child.stop());
    for (const [name] of VARIANTS) {
      const [stock, ours] = await Promise.all(
        [0, 1].map((side) =>
          eventually(`${name} of side ${side} is scraped`, async () => {
            const matcher = `variant="${name}",side="${side}",__name__!~"scrape_.*"`;
            const samples = await writtenSamples(url, matcher);
            const exemplars = await writtenExemplars(url, matcher);
            return samples.length === 0 || exemplars.length === 0 ? undefined : sideless([...samples, ...exemplars]);
          }),
        ),
      );
      expect(ours?.filter((sample) => sample.includes('"buckets"')).length).toBe(3);
      expect(difference(ours ?? [], stock ?? [])).toEqual(SAME);
    }
  });
});

/** Without what tells the two sides and the scrapes apart. */
function sideless(samples: readonly string[]): string[] {
  const texts = samples.map((sample) =>
    sample
      .replace(/\["side","[01]"\],?/, "")
      .replace(/\[\d+(\.\d+)?,/, "[")
      .replace(/127\.0\.0\.1:\d+/, "target")
      .replace(/-[01]"/, '"'),
  );
  return [...new Set(texts)].sort();
}
