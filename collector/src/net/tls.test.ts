import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningCollector, validateConfig } from "../collector.js";
import { ConfigError } from "../config/config-error.js";
import { makeAuthority, makeCertificate, type Pair } from "../testing/certificates.test.fixture.js";
import { addressOf, eventually, startTestCollector } from "../testing/collector.test.fixture.js";
import { tracesJson } from "../testing/telemetry.test.fixture.js";

let folder: string;
const path = (name: string): string => join(folder, name);
const running: RunningCollector[] = [];
let ca: Pair;

async function put(name: string, pair: Pair): Promise<void> {
  await writeFile(path(`${name}.crt`), pair.cert);
  await writeFile(path(`${name}.key`), pair.key);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-tls-"));
  ca = await makeAuthority("our authority");
  const stranger = await makeAuthority("another authority");
  await put("ca", ca);
  await put("server", await makeCertificate("collector.test", ca));
  await put("client", await makeCertificate("client.test", ca));
  await put("stranger", await makeCertificate("client.test", stranger));
  await writeFile(path("stranger-ca.crt"), stranger.cert);
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

const files = (name: string): string => `cert_file: ${path(`${name}.crt`)}, key_file: ${path(`${name}.key`)}`;

function startServer(tls: string): ReturnType<typeof start> {
  return start(`
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "127.0.0.1:0", tls: { ${tls} } }
      http: { endpoint: "127.0.0.1:0", tls: { ${tls} } }
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`);
}

/** One span through a collector that sends it on over TLS; what became of it, by exporter. */
async function send(server: RunningCollector, tls: string): Promise<Record<string, string>> {
  const grpc = addressOf(server, "receiver otlp", "grpc");
  const http = addressOf(server, "receiver otlp", "http");
  const client = await start(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters:
  otlp: { endpoint: "${grpc}", tls: { ${tls} }, retry_on_failure: { enabled: false } }
  otlphttp: { endpoint: "https://${http}", tls: { ${tls} }, retry_on_failure: { enabled: false } }
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp, otlphttp]}}}
`);
  await fetch(`http://${addressOf(client, "receiver otlp", "http")}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(tracesJson([{}])),
  });
  await client.shutdown();
  const exits = Object.entries(client.ledger().pipelines[0]?.exits ?? {});
  return Object.fromEntries(
    exits.map(([id, { sent, dropped }]) => [id, sent === 1 ? "sent" : JSON.stringify(dropped)]),
  );
}

const SENT = { otlp: "sent", otlphttp: "sent" };
const FAILED = { otlp: '{"export_failed":1}', otlphttp: '{"export_failed":1}' };

describe("a server with a certificate", () => {
  test.each([
    ["its authority is trusted", () => `ca_file: ${path("ca.crt")}`, SENT],
    ["beside the system's", () => `ca_file: ${path("ca.crt")}, include_system_ca_certs_pool: true`, SENT],
    ["an authority as text", () => `ca_pem: ${JSON.stringify(ca.cert)}`, SENT],
    ["another authority is trusted", () => `ca_file: ${path("stranger-ca.crt")}`, FAILED],
    ["no authority of one's own", () => "", FAILED],
    ["nothing is verified", () => "insecure_skip_verify: true", SENT],
    ["the name is another", () => `ca_file: ${path("ca.crt")}, server_name_override: other.test`, FAILED],
    ["the name is overridden", () => `ca_file: ${path("ca.crt")}, server_name_override: collector.test`, SENT],
  ])("%s", async (_name, tls, outcome) => {
    expect(await send(await startServer(files("server")), tls())).toEqual(outcome);
  });

  test("versions and cipher suites meet, or nothing is sent", async () => {
    const suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    const server = await startServer(`${files("server")}, max_version: "1.2", cipher_suites: [${suite}]`);
    const trust = `ca_file: ${path("ca.crt")}`;
    expect(await send(server, trust)).toEqual(SENT);
    expect(await send(server, `${trust}, min_version: "1.3"`)).toEqual(FAILED);
    const other = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
    expect(await send(server, `${trust}, cipher_suites: [${other}], curve_preferences: [P256]`)).toEqual(FAILED);
    expect(await send(server, `${trust}, cipher_suites: [${other}, ${suite}]`)).toEqual(SENT);
  });
});

describe("a server that asks for certificates of clients", () => {
  test.each([
    ["a good one", () => files("client"), SENT],
    ["none", () => "", FAILED],
    ["one of another authority", () => files("stranger"), FAILED],
  ])("%s", async (_name, own, outcome) => {
    const server = await startServer(`${files("server")}, client_ca_file: ${path("ca.crt")}`);
    expect(await send(server, `ca_file: ${path("ca.crt")}, ${own()}`)).toEqual(outcome);
    expect(server.ledger().pipelines[0]?.accepted).toBe(outcome === SENT ? 2 : 0);
  });
});

/** The serial number of the certificate that a server shows. */
function shown(address: string, alpn: string): Promise<string> {
  const [host, port] = address.split(":") as [string, string];
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host, port: Number(port), ca: ca.cert, ALPNProtocols: [alpn] }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

test("reload_interval: a new certificate is shown, a broken one is not", async () => {
  await put("changing", await makeCertificate("first.test", ca));
  const server = await startServer(`${files("changing")}, reload_interval: 50ms`);
  const addresses = [
    [addressOf(server, "receiver otlp", "http"), "http/1.1"],
    [addressOf(server, "receiver otlp", "grpc"), "h2"],
  ] as const;
  const first = await Promise.all(addresses.map(([address, alpn]) => shown(address, alpn)));
  await put("changing", await makeCertificate("second.test", ca));
  for (const [index, [address, alpn]] of addresses.entries()) {
    await eventually(async () => ((await shown(address, alpn)) === first[index] ? undefined : true));
  }
  await writeFile(path("changing.key"), "no key");
  await eventually(() => server.lines.find((line) => line.includes("the last ones stay")));
  expect(await send(server, `ca_file: ${path("ca.crt")}`)).toEqual(SENT);
});

test("client_ca_file_reload: the new authority counts", async () => {
  await writeFile(path("clients.crt"), (await makeAuthority("old")).cert);
  const own = `client_ca_file: ${path("clients.crt")}, client_ca_file_reload: true, reload_interval: 50ms`;
  const server = await startServer(`${files("server")}, ${own}`);
  const tls = `ca_file: ${path("ca.crt")}, ${files("client")}`;
  expect(await send(server, tls)).toEqual(FAILED);
  await writeFile(path("new.crt"), ca.cert);
  await rename(path("new.crt"), path("clients.crt"));
  await eventually(() => server.lines.filter((line) => line.includes("read changed TLS")).length === 2 || undefined);
  expect(await send(server, tls)).toEqual(SENT);
});

test.each([
  ["{ cert_file: a }", /must include both certificate and key/],
  ["{}", /must include both certificate and key for server/],
  ["{ cert_file: a, cert_pem: b, key_file: c }", /either cert_file or cert_pem, but not both/],
  ['{ cert_file: a, key_file: b, min_version: "1.3", max_version: "1.2" }', /min_version cannot be greater/],
  ["{ cert_file: a, key_file: b, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] }", /TLS_RSA_WITH_RC4_128_SHA/],
])("tls: %s is refused", async (tls, message) => {
  const text = `
receivers: {otlp: {protocols: {http: {tls: ${tls}}}}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`;
  const error = await validateConfig({ configs: [{ name: "a.yaml", text }], env: {} }).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems.map((one) => one.message).join("\n")).toMatch(message);
});

test("a certificate that is not there is one line at the start", async () => {
  await expect(startServer("cert_file: /no/such.crt, key_file: /no/such.key")).rejects.toThrow(
    /^cannot start receiver "otlp": cannot read tls::cert_file "\/no\/such.crt"/,
  );
});
