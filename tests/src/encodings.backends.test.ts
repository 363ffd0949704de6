import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { spansInFile } from "./support/otlp-json.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** Every content encoding that both know. */
const ENCODINGS = ["gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "none"] as const;

const receiver = (name: string, port: number | undefined): string =>
  `otlp/${name}: { protocols: { http: { endpoint: 127.0.0.1:${port} } } }`;
const exporters = (ports: readonly number[]): string =>
  ENCODINGS.map(
    (encoding, index) =>
      `otlphttp/${encoding}: { endpoint: http://127.0.0.1:${ports[index]}, compression: ${encoding} }`,
  ).join("\n  ");

/** A collector that takes spans at one port and sends them on in every encoding. */
const sender = (port: number | undefined, targets: readonly number[]): string => `
receivers:
  ${receiver("in", port)}
exporters:
  ${exporters(targets)}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp/in], exporters: [${ENCODINGS.map((encoding) => `otlphttp/${encoding}`).join(", ")}] }
`;

/** A collector that takes spans at a port for each encoding and writes each to a file. */
const sink = (folder: string, ports: readonly number[]): string => `
receivers:
  ${ENCODINGS.map((encoding, index) => receiver(encoding, ports[index])).join("\n  ")}
exporters:
  ${ENCODINGS.map((encoding) => `file/${encoding}: { path: ${join(folder, `${encoding}.json`)} }`).join("\n  ")}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    ${ENCODINGS.map((encoding) => `traces/${encoding}: { receivers: [otlp/${encoding}], exporters: [file/${encoding}] }`).join("\n    ")}
`;

/** Spans enough that a body has several blocks of every format. */
const traces = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
      scopeSpans: [
        {
          scope: { name: "http" },
          spans: Array.from({ length: 2000 }, (_, index) => ({
            traceId: (index + 1).toString(16).padStart(32, "0"),
            spanId: (index + 1).toString(16).padStart(16, "0"),
            name: `GET /products/${index % 7}`,
            kind: 2,
            startTimeUnixNano: "1700000000000000000",
            endTimeUnixNano: "1700000000001000000",
            attributes: [{ key: "text", value: { stringValue: `${index * 7919}`.repeat(20) } }],
            status: {},
          })),
        },
      ],
    },
  ],
};

type Start = (name: string, config: string) => Promise<{ stop(): Promise<void> }>;

async function startOurs(folder: string, name: string, config: string): Promise<{ stop(): Promise<void> }> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, config);
  const child = venturi(["collector", "--config", file]);
  await child.waitForOutput(/Everything is ready/);
  return child;
}

test.each([
  ["ours", "otelcol"],
  ["otelcol", "ours"],
])("%s sends, %s reads: every encoding", async (from, to) => {
  const folder = await temporaryFolder();
  const start = (kind: string): Start =>
    kind === "ours"
      ? (name, config) => startOurs(folder, name, config)
      : (name, config) => startOtelcol(folder, name, config);
  const [port, ...ports] = await freePorts(1 + ENCODINGS.length);
  const reading = await start(to)("sink", sink(folder, ports));
  defer(() => reading.stop());
  const sending = await start(from)("sender", sender(port, ports));
  defer(() => sending.stop());
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(traces),
  });
  expect(answer.status).toBe(200);
  await sending.stop();
  await reading.stop();
  const plain = await spansInFile(join(folder, "none.json"));
  expect(plain.length).toBe(2000);
  for (const encoding of ENCODINGS) {
    const arrived = await spansInFile(join(folder, `${encoding}.json`));
    expect({ encoding, same: arrived.join("\n") === plain.join("\n") }).toEqual({ encoding, same: true });
  }
});
