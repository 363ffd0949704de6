// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations are written with them
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { components } from "../components.js";
import { type ConfigInput, loadConfig } from "./config.js";
import { ConfigError, formatProblem } from "./config-error.js";
import { parseDurationMs, parseHostPort } from "./schema-types.js";
import { suggest } from "./suggest.js";

const GOOD = `receivers:
  otlp:
exporters:
  debug:
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [debug]
`;

async function problems(text: string, input: Partial<ConfigInput> = {}): Promise<string[]> {
  try {
    await loadConfig({ configs: [{ name: "c.yaml", text }], env: {}, ...input }, components);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
}

const load = (text: string, input: Partial<ConfigInput> = {}) =>
  loadConfig({ configs: [{ name: "c.yaml", text }], env: {}, ...input }, components);

/** The file with one block replaced by another. */
const good = (from: string, to: string): string => {
  if (!GOOD.includes(from)) throw new Error(`no ${from}`);
  return GOOD.replace(from, () => to);
};
const exporter = (text: string): string => good("  debug:\n", `  debug:\n${text}\n`);

describe("every problem names its place, its path and what to do", () => {
  const cases: [name: string, text: string, problem: string][] = [
    [
      "unknown option",
      exporter("  otlphttp: {endpont: http://a:1}"),
      `c.yaml:5:14: exporters::otlphttp::endpont: unknown key "endpont"; did you mean "endpoint"?`,
    ],
    [
      "unknown option, nothing near",
      exporter("  nop: {zzzzzz: 1}"),
      `c.yaml:5:9: exporters::nop::zzzzzz: unknown key "zzzzzz"`,
    ],
    [
      "unknown type",
      exporter("  otlphtp: {}"),
      `c.yaml:5:3: exporters::otlphtp: unknown exporter type "otlphtp"; did you mean "otlphttp"?`,
    ],
    [
      "type of another kind",
      exporter("  batch:"),
      `c.yaml:5:3: exporters::batch: unknown exporter type "batch": it is a type of processor, so it belongs to processors`,
    ],
    [
      "bad id",
      exporter("  debug/: {}"),
      `c.yaml:5:3: exporters::debug/: "debug/" is not an id; write it as type or type/name`,
    ],
    [
      "unknown block",
      `${GOOD}exporter: {}\n`,
      `c.yaml:10:1: exporter: unknown key "exporter"; did you mean "exporters"?`,
    ],
    [
      "undefined reference",
      good("[debug]", "[debugg]"),
      `c.yaml:9:19: service::pipelines::traces::exporters::0: references exporter "debugg" which is not configured; did you mean "debug"?`,
    ],
    ["no exporter", good("[debug]", "[]"), "c.yaml:7:5: service::pipelines::traces: must have at least one exporter"],
    ["no receiver", good("[otlp]", "[]"), "c.yaml:7:5: service::pipelines::traces: must have at least one receiver"],
    [
      "unknown signal",
      good("    traces:", "    trace:"),
      `c.yaml:7:5: service::pipelines::trace: unknown signal "trace"; known signals: traces, metrics, logs; did you mean "traces"?`,
    ],
    [
      "wrong signal",
      exporter("  prometheus: {endpoint: 'a:1'}").replace("[debug]", "[prometheus]"),
      `c.yaml:10:19: service::pipelines::traces::exporters::0: exporter "prometheus" does not support traces; it supports metrics`,
    ],
    ["required", exporter("  prometheus:"), "c.yaml:5:3: exporters::prometheus::endpoint: required, but missing"],
    [
      "type of value",
      exporter("  nop:\n  otlphttp: {endpoint: 5}"),
      "c.yaml:6:24: exporters::otlphttp::endpoint: expected string, got 5",
    ],
    [
      "enum",
      exporter("  debug/2: {verbosity: detail}"),
      `c.yaml:5:24: exporters::debug/2::verbosity: expected one of "basic", "normal", "detailed", got "detail"; did you mean "detailed"?`,
    ],
    [
      "duration without unit",
      exporter("  otlphttp: {endpoint: 'http://a', timeout: 5}"),
      `c.yaml:5:45: exporters::otlphttp::timeout: 5 has no unit; write a duration like "5s"`,
    ],
    [
      "not a duration",
      exporter("  otlphttp: {endpoint: 'http://a', timeout: 5 s}"),
      `c.yaml:5:45: exporters::otlphttp::timeout: "5 s" is not a duration; write it like "5s", "200ms" or "1m30s"`,
    ],
    [
      "not a URL",
      exporter("  otlphttp: {endpoint: 'a:1'}"),
      `c.yaml:5:24: exporters::otlphttp::endpoint: "a:1" is not an http(s) URL; write it like "http://127.0.0.1:4318"`,
    ],
    [
      "not an address",
      good("  otlp:", "  otlp: {protocols: {grpc: {endpoint: '4317'}}}"),
      `c.yaml:2:39: receivers::otlp::protocols::grpc::endpoint: "4317" is not an address; write it as host:port, like "127.0.0.1:4317"`,
    ],
    [
      "not supported",
      exporter("  otlphttp: {endpoint: 'http://a', sending_queue: {batch: {partition: {}}}}"),
      "c.yaml:5:60: exporters::otlphttp::sending_queue::batch::partition: not supported: batching by client metadata",
    ],
    [
      "a storage that is not started",
      exporter("  otlphttp: {endpoint: 'http://a', sending_queue: {storage: file_storage}}"),
      'c.yaml:5:61: exporters::otlphttp::sending_queue::storage: references storage extension "file_storage" which is not listed in service::extensions',
    ],
    ["duplicate key", `${GOOD}service: {}\n`, "c.yaml:10:1: cannot read YAML: Map keys must be unique"],
    [
      "scheme",
      exporter("  nop: ${vault:x}"),
      'c.yaml:5:8: cannot expand "${vault:x}": scheme "vault" is not supported here; use env, file or yaml',
    ],
    [
      "unused connector end",
      `${exporter("  nop:")}connectors: {spanmetrics: }\n`.replace("[debug]", "[spanmetrics]"),
      `c.yaml:10:19: service::pipelines::traces::exporters::0: connector "spanmetrics" used as exporter in traces pipeline but not used in any supported receiver pipeline (traces to metrics)`,
    ],
    ["missing blocks", "receivers: {otlp: }\n", "exporters: required, but missing"],
    [
      "cross-field",
      good("exporters:\n", "processors: {batch: {send_batch_max_size: 5}}\nexporters:\n"),
      "c.yaml:3:43: processors::batch::send_batch_max_size: must be greater or equal to send_batch_size",
    ],
  ];
  test.each(cases)("%s", async (_name, text, problem) => {
    const found = await problems(text);
    expect(found.some((one) => one.startsWith(problem))).toBe(true);
  });

  test("all of them at once, in the order of the file", async () => {
    const text = exporter("  otlphttp: {endpont: x}\n  prometheus:")
      .replace("[otlp]", "[oltp]")
      .replace("[debug]", "[debugg]");
    const found = await problems(text);
    expect(found.map((one) => one.split(": ")[0])).toEqual([
      "c.yaml:5:14",
      "c.yaml:6:3",
      "c.yaml:10:19",
      "c.yaml:11:19",
    ]);
  });

  test("syntax errors have a place", async () => {
    expect((await problems("receivers: [a\nfoo: }"))[0]).toMatch(/^c\.yaml:\d+:\d+: cannot read YAML: /);
  });

  test("a file that cannot be read", async () => {
    expect(await problems("", { configs: ["/nonexistent/x.yaml"] })).toEqual([
      expect.stringContaining('cannot read config "/nonexistent/x.yaml": ENOENT'),
    ]);
  });

  test("a cycle of connectors", async () => {
    const text = `${GOOD}    traces/2: {receivers: [forward/a], exporters: [forward/b]}
    traces/3: {receivers: [forward/b], exporters: [forward/a]}
connectors: {forward/a: , forward/b: }
`;
    expect(await problems(text)).toEqual([
      'c.yaml:6:3: service::pipelines: cycle detected: pipeline "traces/2" -> connector "forward/b" (traces to traces) -> pipeline "traces/3" -> connector "forward/a" (traces to traces) -> pipeline "traces/2"',
    ]);
  });
});

describe("what a configuration may look like", () => {
  test("old and new spellings name the same type", async () => {
    const text = exporter(
      "  otlphttp: {endpoint: 'http://a'}\n  otlp_http: {endpoint: 'http://a'}\n  otlp: {endpoint: 'a:1'}\n  otlp_grpc: {endpoint: 'a:1'}\n  prometheusremotewrite: {endpoint: 'http://a'}\n  prometheus_remote_write: {endpoint: 'http://a'}",
    );
    const { components: built } = await load(`${text}connectors: {spanmetrics: , span_metrics: }\n`);
    const types = [...built.exporter.values(), ...built.connector.values()].map(({ factory }) => factory.type);
    expect(types).toEqual([
      "debug",
      "otlp_http",
      "otlp_http",
      "otlp_grpc",
      "otlp_grpc",
      "prometheus_remote_write",
      "prometheus_remote_write",
      "span_metrics",
      "span_metrics",
    ]);
  });

  test("variables, defaults and escapes", async () => {
    const yaml = exporter(
      '  otlphttp: {endpoint: "http://${env:HOST}:${PORT:-4318}", headers: {a: "${env:PIN}", b: "x$$y$${env:Z}", c: "${env:NONE:-${env:HOST}}"}, sending_queue: {queue_size: "${env:SIZE}"}}',
    );
    const { components: built } = await load(yaml, { env: { HOST: "h", PIN: "0123", SIZE: "7" } });
    expect(built.exporter.get("otlphttp")?.config).toMatchObject({
      endpoint: "http://h:4318",
      headers: { a: "0123", b: "x$y${env:Z}", c: "h" },
      sending_queue: { queue_size: 7 },
    });
  });

  test("a variable that is not set is a warning", async () => {
    const { warnings } = await load(exporter("  otlphttp:\n    endpoint: http://a\n    headers: ${env:NOPE}"));
    expect(warnings).toEqual(["configuration references unset environment variable NOPE"]);
  });

  test("a file inside a value", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "venturi-config-")), "part.yaml");
    writeFileSync(path, "endpoint: http://from-file\ntimeout: 3s\n");
    const { components: built } = await load(exporter(`  otlphttp: \${file:${path}}`));
    expect(built.exporter.get("otlphttp")?.config).toMatchObject({ endpoint: "http://from-file", timeout: 3000 });
  });

  test("several configs are merged, then --set", async () => {
    const second = "exporters: {debug: {verbosity: normal, sampling_initial: 5}}\n";
    const { components: built } = await load("", {
      configs: [
        { name: "a.yaml", text: GOOD },
        { name: "b.yaml", text: second },
        "yaml:exporters::debug::sampling_thereafter: 9",
      ],
      set: ["exporters::debug::verbosity=detailed", "exporters.debug.sampling_initial=6"],
    });
    expect(built.exporter.get("debug")?.config).toMatchObject({
      verbosity: "detailed",
      sampling_initial: 6,
      sampling_thereafter: 9,
    });
  });

  test("a wrong --set says so", async () => {
    expect(await problems(GOOD, { set: ["exporters.debug"] })).toEqual([
      "--set exporters.debug: cannot read option: write it as path::to::key=value",
    ]);
    expect(await problems(GOOD, { set: ["exporters.debug.verbosity=loud"] })).toEqual([
      '--set exporters.debug.verbosity=loud: exporters::debug::verbosity: expected one of "basic", "normal", "detailed", got "loud"',
    ]);
  });

  test("anchors and merge keys", async () => {
    const { components: built } = await load(
      exporter("  otlphttp: &a {endpoint: 'http://a', timeout: 1s}\n  otlphttp/2: {<<: *a, timeout: 2s}"),
    );
    expect(built.exporter.get("otlphttp/2")?.config).toMatchObject({ endpoint: "http://a", timeout: 2000 });
  });
});

test("durations are Go's", () => {
  const cases: [string, number | undefined][] = [
    ["5s", 5000],
    ["200ms", 200],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["1us", 0.001],
    ["0", 0],
    ["5", undefined],
    ["", undefined],
    ["5 s", undefined],
    ["-1s", -1000],
  ];
  for (const [text, ms] of cases) expect(parseDurationMs(text)).toBe(ms);
});

test("addresses", () => {
  expect(parseHostPort("[::1]:4317")).toEqual({ host: "::1", port: 4317 });
  expect(parseHostPort(":4317")).toEqual({ host: "0.0.0.0", port: 4317 });
  expect(parseHostPort("localhost:1")).toEqual({ host: "127.0.0.1", port: 1 });
  expect(parseHostPort("a:70000")).toBeUndefined();
  expect(parseHostPort("::1:4317")).toBeUndefined();
});

test("suggestions are near", () => {
  expect(suggest("endpont", ["endpoint", "timeout"])).toBe("endpoint");
  expect(suggest("tiemout", ["endpoint", "timeout"])).toBe("timeout");
  expect(suggest("xyz", ["endpoint", "timeout"])).toBeUndefined();
});
