import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();
const run = promisify(execFile);

test("go tool pprof reads CPU and heap profiles of the collector", async () => {
  const folder = await temporaryFolder();
  const [otlp, pprof] = (await freePorts(2)) as [number, number];
  const config = join(folder, "config.yaml");
  await writeFile(
    config,
    `
extensions: { pprof: { endpoint: 127.0.0.1:${pprof} } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${otlp} } } } }
exporters: { nop: }
service:
  extensions: [pprof]
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [nop] } }
`,
  );
  const child = venturi(["collector", "--config", config]);
  defer(() => child.stop());
  await child.waitForOutput(/Everything is ready/);

  const span = { traceId: "1".repeat(32), spanId: "2".repeat(16), name: "a" };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array(1000).fill(span) }] }] });
  let isDone = false;
  const load = (async () => {
    while (!isDone) {
      const headers = { "content-type": "application/json" };
      await (await fetch(`http://127.0.0.1:${otlp}/v1/traces`, { method: "POST", headers, body })).arrayBuffer();
    }
  })();
  const cpu = await fetch(`http://127.0.0.1:${pprof}/debug/pprof/profile?seconds=1`);
  const heap = await fetch(`http://127.0.0.1:${pprof}/debug/pprof/heap`);
  isDone = true;
  await load;

  const top = async (name: string, answer: Response): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, Buffer.from(await answer.arrayBuffer()));
    return (await run("go", ["tool", "pprof", "-top", file])).stdout;
  };
  const cpuTop = await top("cpu.pb.gz", cpu);
  expect(cpuTop).toMatch(/^Type: cpu$/m);
  // JSON is transcoded by functions of this name.
  expect(cpuTop).toMatch(/jsonToProtobuf/);
  expect(await top("heap.pb.gz", heap)).toMatch(/^Type: inuse_space$/m);
});
