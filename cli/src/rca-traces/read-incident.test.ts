import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fieldsOf } from "./csv.js";
import { readIncident } from "./read-incident.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-rca-traces-"));
});
afterAll(() => rm(folder, { recursive: true }));

const spans = 'trace,span,parent,service,operation,start_us,duration_us\n1,1,,a,"GET ""x"", y",5,20\n1,2,1,b,/y,6,10\n';
const metrics = '{"columns":["time","CpuUsageRate(%)","p90"],"services":{"a NaN":[[60,1.5,NaN],[120,NaN,0]]}}';
const target = '{"alert_time":60,"issue_start_unix_us":1000}';

/** Writes the four files, some of them replaced, and reads them. */
async function reading(files: { normal?: string | Buffer; metrics?: string; target?: string; gz?: boolean } = {}) {
  const put = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  return readIncident({
    normal: await put(files.gz ? "normal.csv.gz" : "normal.csv", files.normal ?? spans),
    issue: await put("issue.csv", spans),
    metrics: await put("metrics.json", files.metrics ?? metrics),
    target: await put("target.json", files.target ?? target),
  });
}

test("reads spans, CPU use and the alert; Python's NaN is no measurement", async () => {
  const { normal, cpu, alertTimeS, issueStartUnixUs } = await reading();
  expect(normal).toEqual([
    {
      traceId: "1",
      spanId: "1",
      parentSpanId: null,
      service: "a",
      operation: 'GET "x", y',
      startUs: 5,
      durationUs: 20,
    },
    { traceId: "1", spanId: "2", parentSpanId: "1", service: "b", operation: "/y", startUs: 6, durationUs: 10 },
  ]);
  expect([...cpu]).toEqual([["a NaN", [{ timeS: 60, cpuPercent: 1.5 }]]]);
  expect([alertTimeS, issueStartUnixUs]).toEqual([60, 1000]);
});

test("unpacks what ends in .gz", async () => {
  expect((await reading({ gz: true, normal: gzipSync(spans) })).normal).toHaveLength(2);
  await expect(reading({ gz: true })).rejects.toThrow(
    /^cannot read spans from .*normal\.csv\.gz: incorrect header check$/,
  );
});

test("bad input is one line that says what, where and why", async () => {
  const refused = async (files: Parameters<typeof reading>[0], message: RegExp): Promise<void> => {
    await expect(reading(files)).rejects.toThrow(message);
  };
  await refused({ normal: "" }, /^cannot read spans from .*: line 1 lacks the column trace, span, /);
  await refused({ normal: spans.split("\n")[0] ?? "" }, /it has a header and no spans$/);
  await refused({ normal: `${spans}2,1,,a,/x,soon,3\n` }, /normal\.csv: line 4 is not a span: 2,1,,a,\/x,soon,3$/);
  await refused({ normal: `${spans}2,1,,a,/x,5,-3\n` }, /line 4 is not a span/);
  await refused({ normal: `${spans}2,1,,a\n` }, /line 4 is not a span/);
  await refused({ metrics: "{" }, /^cannot read the metrics from .*metrics\.json: /);
  await refused(
    { metrics: '{"columns":["time"],"services":{}}' },
    /: columns: must have "time" and "CpuUsageRate\(%\)"$/,
  );
  await refused({ metrics: metrics.replace("1.5", '"x"') }, /: services\.a NaN\.0\.1: /);
  await refused({ target: "{}" }, /^cannot read the target from .*: alert_time: /);
});

test("fields of a line", () => {
  expect(fieldsOf("a,,c")).toEqual(["a", "", "c"]);
  expect(fieldsOf('"a,b","say ""x""",')).toEqual(["a,b", 'say "x"', ""]);
  expect(fieldsOf('a,"b')).toBeNull();
  expect(fieldsOf('"a"b,c')).toBeNull();
});
