import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, batchToBytes, protobufToJson, readBatch } from "@venturi/otlp";
import { afterEach, describe, expect, test } from "vitest";
import type { Processor } from "../../component.js";
import { Lane } from "../../ledger.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { spansBatch } from "../../testing/spans.test.fixture.js";
import { logsJson, requestBytes } from "../../testing/telemetry.test.fixture.js";
import { parsePairs } from "./env-detector.js";
import { resourceDetectionProcessor } from "./resourcedetection.js";

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

function setEnv(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  undos.push(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

interface Built {
  readonly processor: Processor;
  readonly host: TestHost;
  /** What becomes of a batch. */
  through(batch: Batch): Promise<Batch>;
}

function build(config: object): Built {
  const out: Batch[] = [];
  const next = { consume: (batch: Batch) => void out.push(batch) };
  const host = testHost("processor", "resource_detection");
  const parsed = resourceDetectionProcessor.schema.parse(config);
  const processor = resourceDetectionProcessor.create(parsed, "traces", next, new Lane(), host);
  undos.push(() => processor.shutdown());
  const through = async (batch: Batch): Promise<Batch> => {
    await processor.consume(batch);
    return out.at(-1) as Batch;
  };
  return { processor, host, through };
}

interface Resource {
  readonly resource: { readonly attributes: { key: string; value: { stringValue: string } }[] };
  readonly schemaUrl?: string;
}

/** `key=value …` of each resource, and its schema. */
function resourcesOf(batch: Batch): string[] {
  const json = protobufToJson(batch.signal, batchToBytes(batch)) as { resourceSpans: Resource[] };
  expect(readBatch("traces", batchToBytes(batch)).itemCount).toBe(batch.itemCount);
  return json.resourceSpans.map(({ resource, schemaUrl }) =>
    [...resource.attributes.map(({ key, value }) => `${key}=${value.stringValue}`), schemaUrl ?? ""].join(" ").trim(),
  );
}

const spans = (): Batch =>
  spansBatch([
    { attributes: { "service.name": "shop", zone: "own" }, spans: [{ trace: 1 }] },
    { attributes: { "host.name": "own" }, spans: [{ trace: 2 }, { trace: 3 }] },
  ]);

describe("env", () => {
  test("adds to every resource, and overrides unless told not to", async () => {
    setEnv("OTEL_RESOURCE_ATTRIBUTES", "zone=eu%2F1, team = a b ,zone2=");
    const { processor, through } = build({});
    await processor.start();
    const added = "zone=eu/1 team=a b zone2=";
    expect(resourcesOf(await through(spans()))).toEqual([`service.name=shop ${added}`, `host.name=own ${added}`]);
    const keeping = build({ override: false });
    await keeping.processor.start();
    const kept = await keeping.through(spans());
    expect(resourcesOf(kept)[0]).toBe("service.name=shop zone=own team=a b zone2=");
    expect(await keeping.through(kept)).toBe(kept);
  });

  test("logs and metrics too", async () => {
    setEnv("OTEL_RESOURCE_ATTRIBUTES", "zone=eu");
    const { processor, through } = build({});
    await processor.start();
    const logs = await through(readBatch("logs", requestBytes("logs", logsJson(["a"]))));
    expect(JSON.stringify(protobufToJson("logs", batchToBytes(logs)))).toContain(
      '{"key":"zone","value":{"stringValue":"eu"}}',
    );
  });

  const cases: readonly (readonly [string, Record<string, string>])[] = [
    ["a=1", { a: "1" }],
    ["a=1,b=2,", { a: "1", b: "2" }],
    ["a = x y , b==c", { a: "x y", b: "=c" }],
    ["a=1,a=2", { a: "2" }],
    ["a=x+y%20z", { a: "x y z" }],
  ];
  test.each(cases)("%s", (text, expected) => {
    expect(Object.fromEntries(parsePairs(text, "X"))).toEqual(expected);
  });
  test.each([
    ["a", 'X: "a" is not written as key=value'],
    ["a=1,b", 'X: "b" is not written'],
    ["a=é", "is not written"],
    ["a=%zz", 'X: "a=%zz" has an invalid percent-encoding'],
  ])("%s is refused", (text, message) => {
    expect(() => parsePairs(text, "X")).toThrow(message);
  });

  test("what is refused keeps the collector from starting, when the time is over", async () => {
    setEnv("OTEL_RESOURCE_ATTRIBUTES", "nothing");
    const { processor, host } = build({ timeout: "10ms" });
    await expect(processor.start()).rejects.toThrow(
      'cannot detect the resource: detector env: OTEL_RESOURCE_ATTRIBUTES: "nothing" is',
    );
    expect(host.lines.join("\n")).toContain("failed to detect resource, trying again: detector env");
  });
});

test("of several detectors the first counts, and the schema is said", async () => {
  setEnv("OTEL_RESOURCE_ATTRIBUTES", "os.type=mine");
  const { processor, through } = build({ detectors: ["env", " system "], system: { hostname_sources: ["os"] } });
  await processor.start();
  const schema = "https://opentelemetry.io/schemas/1.40.0";
  expect(resourcesOf(await through(spans()))).toEqual([
    `service.name=shop zone=own os.type=mine host.name=${hostname()} ${schema}`,
    `host.name=${hostname()} os.type=mine ${schema}`,
  ]);
});

test("it is detected again, and what was known stays when that fails", async () => {
  setEnv("OTEL_RESOURCE_ATTRIBUTES", "zone=eu");
  const { processor, host, through } = build({ refresh_interval: "1ms", timeout: "1ms", override: true });
  await processor.start();
  process.env.OTEL_RESOURCE_ATTRIBUTES = "zone=us";
  await expect.poll(async () => resourcesOf(await through(spans()))[0]).toBe("service.name=shop zone=us");
  process.env.OTEL_RESOURCE_ATTRIBUTES = "nothing";
  await expect.poll(() => host.lines.join("\n")).toContain("resource refresh failed; keeping previous snapshot");
  expect(resourcesOf(await through(spans()))[0]).toBe("service.name=shop zone=us");
});

describe("docker", () => {
  /** A daemon that answers as Docker's API does. */
  async function startDaemon(): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), "venturi-docker-"));
    const asked: string[] = [];
    const answers: Record<string, object> = {
      "/info": { ID: "x", Name: "node-1", OSType: "linux", Containers: 3 },
      [`/containers/${hostname()}/json`]: { Id: "abc", Name: "/collector", Image: "sha256:12ab" },
    };
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { message: "page not found" }));
    });
    const socket = join(folder, "docker.sock");
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    undos.push(() => rmSync(folder, { recursive: true }));
    undos.push(() => new Promise((resolve) => server.close(resolve)));
    setEnv("DOCKER_HOST", `unix://${socket}`);
    return asked;
  }

  test("what the daemon says of its host", async () => {
    const asked = await startDaemon();
    const { processor, through } = build({ detectors: ["docker"], override: false });
    await processor.start();
    expect(resourcesOf(await through(spans()))[0]).toMatch(
      /^service.name=shop zone=own host.name=node-1 os.type=linux http/,
    );
    expect(asked).toEqual(["GET /info"]);
  });

  test("and of this container", async () => {
    const asked = await startDaemon();
    const on = { enabled: true };
    const resource_attributes = { "container.name": on, "container.image.name": on, "os.type": { enabled: false } };
    const { processor, through } = build({ detectors: ["docker"], docker: { resource_attributes } });
    await processor.start();
    const container = "container.name=/collector container.image.name=sha256:12ab";
    expect(resourcesOf(await through(spans()))[0]).toContain(`host.name=node-1 ${container}`);
    expect(asked).toEqual(["GET /info", `GET /containers/${hostname()}/json`]);
  });

  test("who has no daemon does not start", async () => {
    setEnv("DOCKER_HOST", `unix://${join(tmpdir(), "no-such-docker.sock")}`);
    const { processor } = build({ detectors: ["docker"], timeout: "20ms" });
    await expect(processor.start()).rejects.toThrow(/detector docker: cannot ask Docker at unix:.*ENOENT/);
    setEnv("DOCKER_HOST", "ssh://host");
    await expect(build({ detectors: ["docker"] }).processor.start()).rejects.toThrow("neither unix:///path nor tcp://");
  });
});

describe("configuration", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ detectors: ["gcp"] }, /not supported: the detector "gcp" is not there; the detectors are env, system, docker/],
    [{ detectors: ["gpc"] }, /there is no detector "gpc"; the detectors are env, system, docker/],
    [{ detectors: [] }, /detectors/],
    [{ ec2: { tags: ["^a$"] } }, /not supported: the detector is not there/],
    [{ tls: { insecure: true } }, /not supported: no detector asks over/],
    [{ system: { hostname_sources: ["bios"] } }, /hostname_sources/],
    [{ system: { resource_attributes: { "host.nome": { enabled: true } } } }, /host.nome/],
    [{ timeout: 5 }, /5 has no unit/],
  ];
  test.each(cases)("%j is refused", (config, message) => {
    const result = resourceDetectionProcessor.schema.safeParse(config);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues).replaceAll('\\"', '"')).toMatch(message);
  });
});
