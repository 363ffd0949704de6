import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningCollector, validateConfig } from "../collector.js";
import { StartError } from "../component.js";
import { ConfigError } from "../config/config-error.js";
import { exportPath } from "../net/grpc-path.js";
import { toBuffer } from "../net/grpc-service.js";
import { addressOf, eventually, startTestCollector } from "../testing/collector.test.fixture.js";
import { startSink } from "../testing/sink.test.fixture.js";
import { tracesBytes, tracesJson } from "../testing/telemetry.test.fixture.js";

let folder: string;
const running: RunningCollector[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-auth-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.shutdown()));
});
afterAll(() => rm(folder, { recursive: true }));

async function start(yaml: string): Promise<Awaited<ReturnType<typeof startTestCollector>>> {
  const collector = await startTestCollector(yaml);
  running.push(collector);
  return collector;
}

const server = (extension: string, config: string): string => `
extensions: { ${extension}: ${config} }
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "127.0.0.1:0", auth: { authenticator: ${extension} } }
      http: { endpoint: "127.0.0.1:0", auth: { authenticator: ${extension} } }
  zipkin: { endpoint: "127.0.0.1:0", auth: { authenticator: ${extension} } }
exporters: {nop: }
service: {extensions: [${extension}], pipelines: {traces: {receivers: [otlp, zipkin], exporters: [nop]}}}
`;

function call(address: string, headers: Record<string, string>): Promise<number> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      exportPath("traces"),
      toBuffer,
      (it: Buffer) => it,
      tracesBytes([{}]),
      metadata,
      (error) => {
        client.close();
        resolve(error === null ? 0 : error.code);
      },
    );
  });
}

/** HTTP status of OTLP, gRPC status of OTLP, HTTP status of zipkin. */
async function knock(collector: RunningCollector, headers: Record<string, string>): Promise<number[]> {
  const http = addressOf(collector, "receiver otlp", "http");
  const zipkin = addressOf(collector, "receiver zipkin", "http");
  const otlp = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  return [
    (await fetch(`http://${http}/v1/traces`, { ...otlp, body: JSON.stringify(tracesJson([{}])) })).status,
    await call(addressOf(collector, "receiver otlp", "grpc"), headers),
    (await fetch(`http://${zipkin}/api/v2/spans`, { method: "POST", headers, body: "[]" })).status,
  ];
}

const IN = [200, 0, 202];
const OUT = [401, grpc.status.UNAUTHENTICATED, 401];
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });

describe("receivers", () => {
  test("basicauth: file and inline, the later line wins; what was right is right again", async () => {
    const file = join(folder, "htpasswd");
    await writeFile(file, "ann:old\nbob:$2b$04$165kWnvCkYjts8uQ9ttWCuGoAwvesDoDxGy5Pss9jBAoncYSc8NG.\nbroken");
    const collector = await start(server("basicauth", `{ htpasswd: { file: "${file}", inline: "ann:new" } }`));
    for (const right of ["ann:new", "bob:secret", "bob:secret"])
      expect(await knock(collector, basic(right))).toEqual(IN);
    for (const wrong of ["ann:old", "bob:", "eve:secret"]) expect(await knock(collector, basic(wrong))).toEqual(OUT);
    expect(await knock(collector, { authorization: basic("ann:new").authorization.replace("Basic", "basic") })).toEqual(
      IN,
    );
    for (const authorization of ["Bearer x", "Basic !", "Basic", `Basic ${Buffer.from("ann").toString("base64")}`]) {
      expect(await knock(collector, { authorization })).toEqual(OUT);
    }
    expect(collector.lines.join("\n")).toContain('"line":3,"why":"no colon"');
    expect(collector.lines.join("\n")).not.toContain("broken");
  });

  test("a refusal is a status of OTLP, with the scheme that is asked for, before the path is looked at", async () => {
    const collector = await start(server("basicauth", '{ htpasswd: { inline: "a:b" } }'));
    const url = `http://${addressOf(collector, "receiver otlp", "http")}/no/such/path`;
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm=/);
    expect(await answer.json()).toEqual({ code: 16, message: "no basic auth provided" });
    expect(collector.ledger().pipelines[0]?.accepted).toBe(0);
  });

  test("bearertokenauth: several tokens, a scheme and a header of one's own", async () => {
    const plain = await start(server("bearertokenauth", "{ tokens: [one, two] }"));
    expect(await knock(plain, { authorization: "Bearer two" })).toEqual(IN);
    expect(await knock(plain, { authorization: "Bearer three" })).toEqual(OUT);
    expect(await knock(plain, {})).toEqual(OUT);
    const own = await start(server("bearertokenauth", '{ token: one, header: X-Key, scheme: "" }'));
    expect(await knock(own, { "x-key": "one" })).toEqual(IN);
    expect(await knock(own, { authorization: "Bearer one" })).toEqual(OUT);
  });

  test("bearertokenauth: a changed file of tokens counts within a second or two", async () => {
    const file = join(folder, "tokens");
    await writeFile(file, "first  of ann\n\n  second\n");
    const collector = await start(server("bearertokenauth", `{ filename: "${file}" }`));
    for (const token of ["first", "second"])
      expect(await knock(collector, { authorization: `Bearer ${token}` })).toEqual(IN);
    await writeFile(file, "third\n");
    await eventually(async () => {
      const [status] = await knock(collector, { authorization: "Bearer third" });
      return status === 200 ? true : undefined;
    });
    expect(await knock(collector, { authorization: "Bearer first" })).toEqual(OUT);
  });
});

describe("exporters", () => {
  test.each([
    ["basicauth", "{ client_auth: { username: ann, password: pw } }", "authorization", basic("ann:pw").authorization],
    ["bearertokenauth", "{ token: abc }", "authorization", "Bearer abc"],
    ["bearertokenauth", '{ tokens: [abc, def], header: X-Key, scheme: "" }', "x-key", "abc"],
  ])("%s %s", async (extension, config, header, value) => {
    const sink = await startSink();
    const collector = await start(`
extensions: { ${extension}: ${config} }
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlphttp: {endpoint: "${sink.url}", headers: {${header}: overridden}, auth: {authenticator: ${extension}}}}
service: {extensions: [${extension}], pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
`);
    await fetch(`http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(tracesJson([{}])),
    });
    await collector.shutdown();
    expect(sink.requests.map((request) => request.headers[header])).toEqual([value]);
    await sink.close();
  });

  test("gRPC without TLS does not send credentials", async () => {
    const yaml = `
extensions: {bearertokenauth: {token: t}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlp: {endpoint: "127.0.0.1:1", tls: {insecure: true}, auth: {authenticator: bearertokenauth}}}
service: {extensions: [bearertokenauth], pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
`;
    await expect(startTestCollector(yaml)).rejects.toThrow(
      /^cannot start exporter "otlp": credentials are sent over TLS/,
    );
  });
});

describe("configuration", () => {
  const otlp = (extensions: string, list: string, auth: string): string => `
extensions: {${extensions}}
receivers: {otlp: {protocols: {http: {auth: {authenticator: ${auth}}}}}}
exporters: {nop: }
service: {extensions: [${list}], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`;

  test.each([
    ["basicauth/a: {htpasswd: {inline: 'a:b'}}", "basicauth/a", "basicauth/b", /not listed in service::extensions/],
    ["basicauth: {htpasswd: {inline: 'a:b'}}", "", "basicauth", /not listed in service::extensions/],
    ["basicauth: {}", "basicauth", "basicauth", /no credential source provided/],
    ["basicauth: {htpasswd: {}}", "basicauth", "basicauth", /no credential source provided/],
    ["basicauth: {htpasswd: {inline: a}, client_auth: {}}", "basicauth", "basicauth", /only one of/],
    ["bearertokenauth: {}", "bearertokenauth", "bearertokenauth", /no bearer token provided/],
    ["bearertokenauth: {token: a, tokens: [b]}", "bearertokenauth", "bearertokenauth", /not both/],
  ])("%s in [%s], named %s", async (extensions, list, auth, message) => {
    const configs = [{ name: "a.yaml", text: otlp(extensions, list, auth) }];
    const error = await validateConfig({ configs, env: {} }).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map((one) => one.message).join("\n")).toMatch(message);
  });

  test.each([
    ["health_check: {endpoint: '127.0.0.1:0'}", "health_check", "health_check", /it is no authenticator/],
    ["basicauth: {client_auth: {username: a}}", "basicauth", "basicauth", /checks no requests/],
    ["bearertokenauth: {filename: /no/such/file}", "bearertokenauth", "bearertokenauth", /cannot read filename "\/no/],
    ["basicauth: {htpasswd: {file: /no/such/file}}", "basicauth", "basicauth", /cannot read htpasswd::file "\/no/],
  ])("%s does not start", async (extensions, list, auth, message) => {
    const error = await startTestCollector(otlp(extensions, list, auth)).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toMatch(message);
  });
});
