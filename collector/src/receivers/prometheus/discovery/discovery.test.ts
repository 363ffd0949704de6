import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type TestHost, testHost } from "../../../testing/host.test.fixture.js";
import { type Answer, startSink } from "../../../testing/sink.test.fixture.js";
import { discoveries } from "../discoveries.js";
import type { TargetGroup } from "./discovery.js";

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

interface Found {
  readonly host: TestHost;
  /** The groups when `isDone` first likes them. */
  until(isDone: (groups: readonly TargetGroup[]) => boolean): Promise<readonly TargetGroup[]>;
}

/** Runs a discovery until the end of the test. */
async function discover(key: string, config: object): Promise<Found> {
  const factory = discoveries.find((one) => one.key === key);
  if (factory === undefined) throw new Error(`no discovery ${key}`);
  const host = testHost("receiver", "prometheus");
  let last: readonly TargetGroup[] = [];
  let look: () => void = () => {};
  const stop = await factory.create(factory.schema.parse(config), { what: "test", log: host.log }).start((groups) => {
    last = groups;
    look();
  });
  undos.push(stop);
  return {
    host,
    until: (isDone) =>
      new Promise((resolve) => {
        look = () => {
          if (isDone(last)) resolve(last);
        };
        look();
      }),
  };
}

const addresses = (groups: readonly TargetGroup[]): string[] => groups.flatMap(({ targets }) => targets);

test("files: JSON and YAML are found by pattern, changes are seen, a half-written file changes nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "venturi-sd-"));
  undos.push(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  write("a.json", JSON.stringify([{ targets: ["a:1"], labels: { env: "test", n: 5 } }]));
  write("b.yml", "- targets: ['b:1']\n");
  write("c.txt", "not looked at");
  const found = await discover("file_sd_configs", { files: [join(folder, "*.json"), join(folder, "b.yml")] });
  const first = await found.until((groups) => groups.length === 2);
  expect(first).toEqual([
    { targets: ["a:1"], labels: { env: "test", n: "5", __meta_filepath: join(folder, "a.json") } },
    { targets: ["b:1"], labels: { __meta_filepath: join(folder, "b.yml") } },
  ]);
  write("a.json", "[{");
  write("b.yml", "- targets: ['b:2']\n");
  const second = await found.until((groups) => addresses(groups).includes("b:2"));
  expect(addresses(second)).toEqual(["a:1", "b:2"]);
  expect(found.host.lines.join()).toContain("Cannot read target file; its last targets stay.");
  rmSync(join(folder, "a.json"));
  expect(addresses(await found.until((groups) => groups.length === 1))).toEqual(["b:2"]);
});

test("HTTP: asks again, keeps the last targets when the service fails, and wants JSON", async () => {
  const sink = await startSink();
  undos.push(() => sink.close());
  const page = (target: string, type = "application/json") => ({
    status: 200,
    headers: { "content-type": type },
    body: JSON.stringify([{ targets: [target], labels: { a: "b" } }]),
  });
  let answer: Answer = page("a:1");
  sink.answer = () => answer;
  /** The service answers so at least once. */
  const answering = async (next: Answer): Promise<void> => {
    answer = next;
    await sink.received(sink.requests.length + 2);
  };
  const config = { url: `${sink.url}/targets`, refresh_interval: "250ms", authorization: { credentials: "secret" } };
  const found = await discover("http_sd_configs", config);
  const meta = { a: "b", __meta_url: `${sink.url}/targets` };
  const seen = await found.until((groups) => groups.length > 0);
  expect(seen).toEqual([{ targets: ["a:1"], labels: meta }]);
  await answering({ status: 500 });
  await answering(page("b:1", "text/html"));
  expect(addresses(await found.until(() => true))).toEqual(["a:1"]);
  answer = page("c:1");
  expect(addresses(await found.until((groups) => !addresses(groups).includes("a:1")))).toEqual(["c:1"]);
  expect(sink.requests[0]?.headers).toMatchObject({
    accept: "application/json",
    authorization: "Bearer secret",
    "x-prometheus-refresh-interval-seconds": "0.25",
  });
  const log = found.host.lines.join();
  expect(log).toContain("server returned HTTP status 500");
  expect(log).toContain("unsupported content type");
});

/** A name server that knows one name: two addresses and one service. */
async function nameServer(): Promise<string> {
  const socket: Socket = createSocket("udp4");
  undos.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on("message", (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const question = query.subarray(12, end);
    const type = query.readUInt16BE(end - 4);
    const records =
      type === 1 ? [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])] : [service("web.local", 8080)];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0xc00c, 0);
      head.writeUInt16BE(type, 2);
      head.writeUInt16BE(1, 4);
      head.writeUInt16BE(data.length, 10);
      return Buffer.concat([head, data]);
    });
    socket.send(Buffer.concat([header, question, ...answers]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return `127.0.0.1:${socket.address().port}`;
}

function service(name: string, port: number): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(port, 4);
  return Buffer.concat([numbers, ...labels, Buffer.from([0])]);
}

test("DNS: addresses get the port, services tell theirs", async () => {
  const servers = [await nameServer()];
  const byAddress = await discover("dns_sd_configs", { names: ["web.test"], type: "a", port: 9100, servers });
  const hosts = await byAddress.until((groups) => groups.length === 2);
  expect(addresses(hosts).sort()).toEqual(["10.0.0.1:9100", "10.0.0.2:9100"]);
  expect(hosts[0]?.labels).toEqual({ __meta_dns_name: "web.test" });
  const byService = await discover("dns_sd_configs", { names: ["_http._tcp.test"], servers });
  expect(await byService.until((groups) => groups.length === 1)).toEqual([
    {
      targets: ["web.local:8080"],
      labels: {
        __meta_dns_name: "_http._tcp.test",
        __meta_dns_srv_record_target: "web.local.",
        __meta_dns_srv_record_port: "8080",
      },
    },
  ]);
});
