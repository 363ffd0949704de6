import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "../config/config-error.js";
import { tracesJson } from "../testing/telemetry.test.fixture.js";
import { differences } from "./compare.js";
import { junitReport, textReport } from "./report.js";
import { type CaseResult, runPipelineTests } from "./run-suites.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-suite-"));
  await writeFile(join(folder, "one-span.json"), JSON.stringify(tracesJson([{ name: "GET /" }])));
  await writeFile(
    join(folder, "collector.yaml"),
    `
receivers:
  otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } }
processors:
  batch: { timeout: 10s, send_batch_size: 1000 }
connectors:
  spanmetrics: { metrics_flush_interval: 30s }
exporters:
  otlphttp: { endpoint: "https://backend.example:4318", auth: { authenticator: bearertokenauth } }
  prometheus: { endpoint: "0.0.0.0:8889" }
extensions:
  bearertokenauth: { filename: /run/secrets/token }
service:
  extensions: [bearertokenauth]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [otlphttp, spanmetrics] }
    metrics: { receivers: [spanmetrics], exporters: [prometheus] }
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function run(cases: string, settings: object = {}): Promise<CaseResult[]> {
  const suite = join(folder, "suite.yaml");
  await writeFile(suite, `config: collector.yaml\ncases:\n${cases}`);
  return runPipelineTests({ suites: [suite], env: {}, ...settings });
}

const FIELDS = "name: GET /cart, kind: SPAN_KIND_SERVER, startTimeUnixNano: '1', endTimeUnixNano: '2000001'";
const IDS = "traceId: 0102030405060708090a0b0c0d0e0f10, spanId: 0102030405060708";
const OWN = `{ ${IDS}, ${FIELDS}, attributes: { http.route: /cart, retries: 2 } }`;
const SPAN = `{ resourceSpans: [{ resource: { attributes: { service.name: shop } }, scopeSpans: [{ spans: [${OWN}] }] }] }`;

describe("cases", () => {
  test("time stands still until a step moves it; the rest comes at the drain", async () => {
    const [result] = await run(`
  - name: batching
    steps:
      - send: { otlp: ${SPAN} }
      - expect: { exporter: otlphttp, count: 0 }
      - advance: 9999ms
      - expect: { exporter: otlphttp, count: 0 }
      - advance: 1ms
      - expect: { exporter: otlphttp, count: 1 }
      - send: { file: one-span.json, times: 3 }
    expect:
      - exporter: otlphttp
        signal: traces
        count: 4
        contains:
          resourceSpans: [{ scopeSpans: [{ spans: [{ name: GET /cart, kind: 2, attributes: { retries: 2 } }] }] }]
        absent: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: POST /cart }] }] }] }
      - { pipeline: traces, accepted: 4, refused: 0, dropped: {} }
`);
    expect(result).toMatchObject({ name: "batching", failures: [] });
    // Real time hardly passed.
    expect(result?.milliseconds).toBeLessThan(5000);
  });

  test("connectors are real, on the same clock", async () => {
    const [result] = await run(`
  - name: spanmetrics
    steps:
      - send: { otlp: ${SPAN}, times: 5 }
      - advance: 10s
      # The first flush says that there were no calls, the second that there are five.
      - advance: 60s
      - expect:
          exporter: prometheus
          contains:
            resourceMetrics:
              - scopeMetrics:
                  - metrics:
                      - name: traces.span.metrics.calls
                        sum: { dataPoints: [{ asInt: 5, attributes: { span.name: GET /cart } }] }
`);
    expect(result?.failures).toEqual([]);
  });

  test("equals and files", async () => {
    const [result] = await run(`
  - name: unchanged
    steps: [{ send: { file: one-span.json } }]
    expect: [{ exporter: otlphttp, equals_file: one-span.json, contains_file: one-span.json }]
`);
    expect(result?.failures).toEqual([]);
  });

  test("failures say where, what was expected and what is", async () => {
    const [result] = await run(`
  - name: wrong
    steps: [{ send: { otlp: ${SPAN} } }]
    expect:
      - exporter: otlphttp
        count: 2
        contains: { resourceSpans: [{ scopeSpans: [{ spans: [{ name: GET /, attributes: { http.route: / } }] }] }] }
      - { pipeline: traces, accepted: 7, dropped: { filtered: 1 } }
      - { exporter: nothing }
`);
    const span = "exporter otlphttp, traces: resourceSpans[0].scopeSpans[0].spans[0]";
    expect(result?.failures).toEqual([
      "exporter otlphttp, traces: count",
      "  expected 2",
      "  got      1",
      `${span}.name`,
      '  expected "GET /"',
      '  got      "GET /cart"',
      `${span}.attributes[http.route].stringValue`,
      '  expected "/"',
      '  got      "/cart"',
      "pipeline traces: accepted",
      "  expected 7",
      "  got      1",
      "pipeline traces: dropped as filtered",
      "  expected 1",
      "  got      0",
      "exporter nothing: no pipeline names it; there is otlphttp, prometheus",
    ]);
  });

  test("a refusal is expected or a failure", async () => {
    const full = {
      set: [
        "processors::memory_limiter={check_interval: 1s, limit_mib: 1}",
        "service::pipelines::traces::processors=[memory_limiter]",
      ],
    };
    const results = await run(
      `
  - { name: taken, steps: [{ send: { otlp: ${SPAN} } }] }
  - { name: refused, steps: [{ send: { otlp: ${SPAN}, refused: true } }] }
`,
      full,
    );
    expect(results.map(({ failures }) => failures.length)).toEqual([1, 0]);
    expect(results[0]?.failures[0]).toMatch(/^receiver otlp: refused: .* \(memory_limited\)$/);
  });

  test.each([
    ["a fixture that is not there", "send: { file: none.json }", /cannot read fixture "none.json"/],
    ["no OTLP", "send: { otlp: { spans: [] } }", /expected OTLP\/JSON with resourceSpans/],
    ["malformed OTLP", "send: { otlp: { resourceSpans: 1 } }", /resourceSpans/],
    ["a signal that nobody takes", "send: { otlp: { resourceLogs: [] } }", /no receiver takes logs/],
    ["an unknown receiver", "send: { receiver: zipkin, file: one-span.json }", /no receiver zipkin takes traces/],
  ])("%s is a failure of its case", async (_name, step, message) => {
    const [broken, good] = await run(`
  - { name: broken, steps: [{ ${step} }] }
  - { name: good, steps: [{ send: { file: one-span.json } }] }
`);
    expect(broken?.failures.join("\n")).toMatch(message);
    expect(good?.failures).toEqual([]);
  });
});

describe("suites", () => {
  test("mistakes are named with their line", async () => {
    const error = await run("\n  - { name: a, stepz: [] }\n  - { name: b, steps: [{ advance: 5 }] }").catch(
      (it: unknown) => it,
    );
    expect(error).toBeInstanceOf(ConfigError);
    const messages = (error as ConfigError).message;
    expect(messages).toMatch(/suite\.yaml:4:\d+: cases::0::stepz: unknown key "stepz"; did you mean "steps"\?/);
    expect(messages).toMatch(/5 has no unit/);
  });

  test("a configuration with mistakes fails its cases", async () => {
    const [result] = await run("\n  - { name: a, steps: [{ advance: 1s }] }", {
      set: ["exporters::otlphttp::endpont=x"],
    });
    expect(result?.failures.join("\n")).toContain('did you mean "endpoint"?');
  });

  test("--config stands in for the suite's own", async () => {
    const configs = [
      {
        name: "other.yaml",
        text: "receivers: {otlp: }\nexporters: {nop: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}",
      },
    ];
    const steps = "steps: [{ send: { file: one-span.json } }], expect: [{ exporter: nop, count: 1 }]";
    const [result] = await run(`\n  - { name: a, ${steps} }`, { configs });
    expect(result?.failures).toEqual([]);
  });
});

describe("comparison", () => {
  test.each([
    [{ a: 1 }, { a: 1, b: 2 }, "contains", []],
    [{ a: 1 }, { a: 1, b: 2 }, "equals", ["b"]],
    [{ a: 1 }, {}, "contains", ["a"]],
    [{ a: [1, 2] }, { a: [2, 3, 1] }, "contains", []],
    [{ a: [1, 1] }, { a: [1, 2] }, "contains", ["a[1]"]],
    [{ a: [1, 2] }, { a: [2, 1] }, "equals", ["a[0]", "a[1]"]],
    // The greedy choice of the first candidate would leave the second element without one.
    [{ a: [{ x: 1 }, { x: 1, y: 1 }] }, { a: [{ x: 1, y: 1 }, { x: 1 }] }, "contains", []],
    [
      [
        { key: "k", value: 1 },
        { key: "l", value: 2 },
      ],
      [
        { key: "l", value: 2 },
        { key: "k", value: 1 },
      ],
      "equals",
      [],
    ],
    [[{ key: "k", value: 1 }], [{ key: "k", value: 2 }], "contains", ["[k]"]],
    [{ a: {} }, { a: 1 }, "contains", ["a"]],
    [[1], 1, "equals", ["everything"]],
  ] as const)("%j in %j, %s", (expected, actual, mode, paths) => {
    expect(differences(expected, actual, mode).map(({ path }) => path)).toEqual(paths);
  });
});

test("reports, for people and for machines", () => {
  const results: CaseResult[] = [
    { suite: "a.yaml", name: "good", milliseconds: 1.4, failures: [] },
    { suite: "a.yaml", name: "<bad>", milliseconds: 2, failures: ["x: y", '  expected "1"'] },
  ];
  expect(textReport(results)).toBe(
    `a.yaml\n  ok    good (1 ms)\n  FAIL  <bad> (2 ms)\n          x: y\n            expected "1"\n\n1 passed, 1 failed`,
  );
  const xml = junitReport(results);
  expect(xml).toContain('<testsuite name="a.yaml" tests="2" failures="1">');
  expect(xml).toContain('name="&#60;bad&#62;"');
  expect(xml).toContain("expected &#34;1&#34;");
});
