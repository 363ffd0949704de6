import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

async function fails(args: string[]): Promise<{ code: number | null; lines: string[] }> {
  const run = venturi(args, { cwd: await temporaryFolder() });
  defer(() => run.stop());
  const code = await run.exited;
  return { code, lines: run.output().trim().split("\n") };
}

const collectorYaml = (endpoint: string): string => `receivers:
  otlp:
    protocols:
      http:
        endpoint: ${endpoint}
exporters:
  debug:
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [debug]
`;

test("a bad configuration gets file, line and option, and exit status 1", async () => {
  const file = join(await temporaryFolder(), "collector.yaml");
  await writeFile(file, collectorYaml("127.0.0.1:0").replace("endpoint:", "endpont:").replace("[debug]", "[debgu]"));
  for (const args of [
    ["collector", "validate", "--config", file],
    ["collector", "--config", file],
  ]) {
    const { code, lines } = await fails(args);
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/collector\.yaml:5:\d+.*endpont.*did you mean "?endpoint/);
    expect(lines.join("\n")).toMatch(/collector\.yaml:15:\d+.*debgu.*did you mean "?debug/);
  }
});

test("a good configuration is said to be valid", async () => {
  const file = join(await temporaryFolder(), "collector.yaml");
  await writeFile(file, collectorYaml("127.0.0.1:4318"));
  expect(await fails(["collector", "validate", "--config", file])).toEqual({
    code: 0,
    lines: ["configuration is valid"],
  });
});

test("a port in use gets one clear line and exit status 1", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  defer(() => server.close());
  const { port } = server.address() as AddressInfo;
  const file = join(await temporaryFolder(), "collector.yaml");
  await writeFile(file, collectorYaml(`127.0.0.1:${port}`));
  const { code, lines } = await fails(["collector", "--config", file]);
  expect(code).toBe(1);
  const said = lines.filter((line) => line.includes(`127.0.0.1:${port}`) && /in use/.test(line));
  expect(said, lines.join("\n")).toHaveLength(1);
});

test.each([
  [["collector"], /--config/],
  [["collector", "--config", "missing.yaml"], /missing\.yaml/],
  [["demo", "--fault", "nonsense"], /db-pool/],
  [["demo", "--duration", "soon"], /--duration/],
  [["load", "run", "missing.js"], /missing\.js/],
  [["lode"], /load|help/],
])("%j is answered in one line with what to do, and a non-zero exit", async (args, expected) => {
  const { code, lines } = await fails(args);
  expect(code).not.toBe(0);
  expect(lines.join("\n")).toMatch(expected);
  expect(lines.join("\n")).not.toMatch(/^\s+at /m);
});

test("SQL over HTTP is not offered to other machines", async () => {
  const { code, lines } = await fails(["up", "--sql", "--host", "0.0.0.0"]);
  expect(code).toBe(1);
  expect(lines).toEqual(["error: cannot use --sql with --host 0.0.0.0: SQL is only answered on 127.0.0.1"]);
});
