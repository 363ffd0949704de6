import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Measurements } from "../k6/measurements.js";
import { readSamples, samplesToGzip } from "./samples-file.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-samples-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("every request comes back as it was, whatever its name", async () => {
  const measurements = new Measurements();
  for (const [index, name] of ["/a", 'with "quotes", and commas', "/a", ""].entries()) {
    measurements.add({
      metric_name: "http_req_duration",
      timestamp: String(1_700_000_000_000 + index),
      metric_value: String(index + 0.125),
      method: index === 3 ? "" : "GET",
      name,
      status: index === 1 ? "500" : "200",
    });
  }
  const path = join(folder, "a.csv.gz");
  await writeFile(path, await samplesToGzip(measurements.samples()));
  const read = await readSamples(path);
  expect(read).toEqual(measurements.samples());
  expect(read.endpoints).toHaveLength(3);
  expect([...read.failed]).toEqual([0, 1, 0, 0]);
});

test.each([
  ["text", Buffer.from("method"), /cannot read the samples in .*a\.gz: incorrect header check/],
  ["another table", gzipSync("a,b\n1,2\n"), /a\.gz:1: not a file of samples/],
  [
    "a broken line",
    gzipSync("method,name,end_ms,duration_ms,failed\nGET,/,1,2,0\nGET,/,x,2,0\n"),
    /a\.gz:3: not a sample/,
  ],
])("%s is refused with its place", async (_what, bytes, message) => {
  const path = join(folder, "a.gz");
  await writeFile(path, bytes);
  await expect(readSamples(path)).rejects.toThrow(message);
});
