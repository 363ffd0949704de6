import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { k8sManifests } from "./k8s.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-k8s-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the script and its run, as k6-operator takes them", async () => {
  const script = join(folder, "My Load_1.js");
  const text = "export default function () {}\n// --- \n";
  await writeFile(script, text);
  const manifests = await k8sManifests({
    script,
    parallelism: 4,
    namespace: "perf",
    k6Args: ["-e", "GREETING=it's me"],
    remoteWriteUrl: "http://prometheus:9090/api/v1/write",
  });
  const [configMap, testRun] = parseAllDocuments(manifests).map((document) => document.toJS());
  const metadata = { name: "k6-my-load-1", namespace: "perf" };
  expect(configMap).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "My Load_1.js": text } });
  expect(testRun).toMatchObject({
    apiVersion: "k6.io/v1alpha1",
    kind: "TestRun",
    metadata,
    spec: {
      parallelism: 4,
      script: { configMap: { name: "k6-my-load-1", file: "My Load_1.js" } },
      arguments: `--out experimental-prometheus-rw --tag testid=k6-my-load-1 -e 'GREETING=it'\\''s me'`,
      runner: { env: [{ name: "K6_PROMETHEUS_RW_SERVER_URL", value: "http://prometheus:9090/api/v1/write" }] },
    },
  });
});

test("what cannot be a ConfigMap is refused in one line", async () => {
  const options = { parallelism: 1, k6Args: [] };
  await expect(k8sManifests({ ...options, script: join(folder, "none.js") })).rejects.toThrow(
    /cannot read .*none\.js: ENOENT/,
  );
  const large = join(folder, "large.js");
  await writeFile(large, " ".repeat(1024 * 1024 + 1));
  await expect(k8sManifests({ ...options, script: large })).rejects.toThrow("larger than a ConfigMap may be");
});
