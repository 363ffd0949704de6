// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configurations are written with them
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { components } from "../components.js";
import { type ConfigInput, loadConfig } from "./config.js";
import { ConfigError } from "./config-error.js";
import { checkFeatureGates } from "./feature-gates.js";
import { listComponents } from "./list-components.js";
import { printConfig } from "./print-config.js";

const GOOD = `
receivers: {otlp: }
exporters: {otlphttp: {endpoint: "http://a:1"}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
`;
const ANSWERS: Readonly<Record<string, string>> = {
  "/good.yaml": GOOD,
  "/endless.yaml": "#".repeat(5 * 1024 * 1024),
};

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const isAnn = request.headers.authorization === `Basic ${Buffer.from("ann:secret@").toString("base64")}`;
    const text = ANSWERS[isAnn ? "/good.yaml" : (request.url ?? "")];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const input = (more: Partial<ConfigInput> = {}): ConfigInput => ({
  configs: [{ name: "c.yaml", text: GOOD }],
  env: {},
  ...more,
});
const printed = async (more: Partial<ConfigInput>): Promise<{ exporters: Record<string, Record<string, unknown>> }> =>
  parse(await printConfig(input(more), { mode: "unredacted", format: "yaml" })) as never;

test("a configuration comes from a server, and others are merged over it", async () => {
  // Only she is let in.
  const asAnn = url.replace("http://", "http://ann:secret%40@");
  const configs = [`${asAnn}/private.yaml`, "yaml:exporters::otlphttp::timeout: 7s"];
  const config = await loadConfig(input({ configs }), components);
  expect(config.components.exporter.get("otlphttp")?.config).toMatchObject({ endpoint: "http://a:1", timeout: 7000 });
});

test("what cannot be read is told of all sources at once, without the password of a URL", async () => {
  const secret = url.replace("http://", "http://eve:secret@");
  const configs = [`${secret}/none.yaml`, `${url}/endless.yaml`, "missing.yaml", "vault:x", "env:NONE"];
  const error = await loadConfig(input({ configs }), components).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message).not.toContain("secret");
  expect(message.split("\n").map((line) => line.replace(/^.*": /, ""))).toEqual([
    "the server answered 404",
    "it is larger than 4194304 bytes",
    expect.stringContaining("ENOENT"),
    'unsupported scheme "vault"; use a path or one of env, file, http, https, yaml',
    "environment variable NONE is not set",
  ]);
});

test.each([
  ["${env:A}", "1"],
  ["x-${B}-y", "x-1-y"],
  ["${env:C:-${env:A}}", "1"],
  ["$${env:A}", "${env:A}"],
  ["$$$${A}", "$${A}"],
  ["x${D}", "x$"],
  ["${yaml:text}", "text"],
])("%s becomes %s", async (written, expected) => {
  const env = { A: "1", B: "${env:A}", D: "$$" };
  const configs = [{ name: "c.yaml", text: GOOD.replace('"http://a:1"', () => JSON.stringify(written)) }];
  expect(String((await printed({ configs, env })).exporters.otlphttp?.endpoint)).toBe(expected);
});

test("print-config masks secrets unless they are wanted, and its output is a configuration again", async () => {
  const secrets = `
extensions: {bearertokenauth: {token: t0ps3cret, filename: /f}, basicauth/client: {client_auth: {username: ann, password: t0ps3cret}}}
exporters:
  otlphttp:
    endpoint: "https://ann:t0ps3cret@a:1/x"
    headers: {authorization: "Bearer t0ps3cret", x-empty: ""}
    tls: {key_pem: t0ps3cret, key_file: /key.pem}
  otlphttp/list: {endpoint: "http://b:1", headers: [{name: x-key, value: t0ps3cret}]}
`;
  const configs = [
    { name: "c.yaml", text: GOOD },
    { name: "s.yaml", text: secrets },
  ];
  const text = await printConfig(input({ configs }), { mode: "redacted", format: "yaml" });
  expect(text).not.toContain("t0ps3cret");
  expect(text.match(/\[REDACTED\]/g)?.length).toBe(6);
  for (const shown of ["username: ann", "filename: /f", "key_file: /key.pem", 'x-empty: ""'])
    expect(text).toContain(shown);
  const open = await printConfig(input({ configs }), { mode: "unredacted", format: "json" });
  expect(open.match(/t0ps3cret/g)?.length).toBe(6);
  await loadConfig(
    input({ configs: [{ name: "again", text: await printConfig(input(), { mode: "redacted", format: "yaml" }) }] }),
    components,
  );
});

test("print-config reads what it can, and says what it cannot", async () => {
  const configs = [{ name: "c.yaml", text: "exporters: {debug: ${vault:x}}" }];
  await expect(printConfig(input({ configs }), { mode: "redacted", format: "yaml" })).rejects.toThrow(ConfigError);
});

test("components are listed as YAML of upstream's shape", () => {
  const list = parse(listComponents(components, "1.2.3")) as Record<string, { name: string; stability: unknown }[]>;
  expect(Object.keys(list)).toEqual([
    "buildinfo",
    "receivers",
    "processors",
    "exporters",
    "connectors",
    "extensions",
    "providers",
  ]);
  expect(list.receivers?.find(({ name }) => name === "otlp")?.stability).toEqual({
    logs: "Stable",
    metrics: "Stable",
    traces: "Stable",
  });
  expect(list.connectors?.find(({ name }) => name === "span_metrics")?.stability).toMatchObject({
    "traces-to-metrics": expect.stringMatching(/^[A-Z]/),
    "logs-to-logs": "Undefined",
  });
});

test("feature gates are accepted where they ask for what is so anyway", () => {
  expect(checkFeatureGates("+ottl.PanicDuplicateName, -pdata.useProtoPooling,")).toEqual([]);
  expect(checkFeatureGates("pdata.useProtoPooling,-ottl.PanicDuplicateName,ottl.PanicDuplicateNam")).toEqual([
    'feature gate "pdata.useProtoPooling" cannot be enabled: this collector has one behaviour; leave the gate out',
    'feature gate "ottl.PanicDuplicateName" cannot be disabled: this collector has one behaviour; leave the gate out',
    'no such feature gate "ottl.PanicDuplicateNam"; did you mean "ottl.PanicDuplicateName"?',
  ]);
});
