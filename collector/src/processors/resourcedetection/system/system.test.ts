import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { hostname, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createLogger } from "../../../telemetry/logger.js";
import { resourceDetectionSchema } from "../config.js";
import { parseCpuInfo } from "./cpu-info.js";
import { candidates, hostnameFrom, nameInHosts } from "./hostname.js";
import { linuxDistribution } from "./linux-distribution.js";
import { plistValue } from "./operating-system.js";
import { parseReleaseFile, releaseName } from "./os-release.js";
import { SYSTEM_ATTRIBUTES, systemDetector } from "./system-detector.js";

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "venturi-etc-"));
  undos.push(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const NEVER = new AbortController().signal;

test("every attribute of this host that is switched on, as other programs tell it", async () => {
  const resource_attributes = Object.fromEntries(
    Object.keys(SYSTEM_ATTRIBUTES).map((name) => [name, { enabled: true }]),
  );
  const { system } = resourceDetectionSchema.parse({ system: { hostname_sources: ["os"], resource_attributes } });
  const log = createLogger(() => {});
  const folders = { etc: "/etc", proc: "/proc" };
  const { attributes, schemaUrl } = await systemDetector(system, folders, log).detect(NEVER);
  expect(schemaUrl).toBe("https://opentelemetry.io/schemas/1.40.0");
  const uname = (flag: string): string => execFileSync("uname", [flag]).toString().trim();
  expect(attributes.get("host.name")).toBe(uname("-n"));
  expect(attributes.get("os.type")).toBe(uname("-s").toLowerCase());
  const kernel = ["-s", "-n", "-r", "-v", "-m"].map(uname).join(" ");
  expect(attributes.get("os.description")).toContain(kernel);
  expect({ x86_64: "amd64", aarch64: "arm64", arm64: "arm64" }[uname("-m")]).toBe(attributes.get("host.arch"));
  const external = Object.values(networkInterfaces()).flatMap((infos) =>
    (infos ?? []).filter((info) => !info.internal),
  );
  expect(attributes.get("host.ip") ?? []).toEqual(expect.arrayContaining(external.map(({ address }) => address)));
  const macs = new Set(external.map(({ mac }) => mac.toUpperCase().replaceAll(":", "-")));
  expect(attributes.get("host.mac") ?? []).toEqual(expect.arrayContaining([...macs]));
  expect(attributes.get("host.interface")).toEqual(expect.arrayContaining(Object.keys(networkInterfaces())));
});

test("what is not switched on is not there", async () => {
  const { system } = resourceDetectionSchema.parse({ system: { hostname_sources: ["os"] } });
  const detector = systemDetector(
    system,
    { etc: "/etc", proc: "/proc" },
    createLogger(() => {}),
  );
  expect([...(await detector.detect(NEVER)).attributes.keys()]).toEqual(["host.name", "os.type"]);
});

describe("the distribution", () => {
  const cases: readonly (readonly [Record<string, string>, string, string])[] = [
    [{ debian_version: "12.11\n", "os-release": "ID=debian\nVERSION_ID=12\n" }, "debian", "12.11"],
    [
      { debian_version: "trixie/sid\n", "lsb-release": 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE="24.04"\n' },
      "ubuntu",
      "24.04",
    ],
    [{ "redhat-release": "Red Hat Enterprise Linux release 9.4 (Plow)\n" }, "redhat", "9.4"],
    [{ "redhat-release": "Rocky Linux release 8.10 (Green Obsidian)\n", "oracle-release": "" }, "rocky", "8.10"],
    [{ "redhat-release": "Fedora release 41 (Rawhide)\n" }, "fedora", "rawhide"],
    [{ "oracle-release": "Oracle Linux Server release 9.3\n", "redhat-release": "Red Hat x\n" }, "oracle", "9.3"],
    [{ "SuSE-release": "openSUSE 13.2\nVERSION = 13.2\nPATCHLEVEL = 1\n" }, "opensuse", "13.2.1"],
    [{ "alpine-release": "3.20.1\n" }, "alpine", "3.20.1"],
    [{ "os-release": 'ID="amzn"\nVERSION_ID="2023"\n' }, "amzn", "2023"],
    [{ "arch-release": "Arch Linux\n", "lsb-release": "DISTRIB_RELEASE=rolling\n" }, "arch", "rolling"],
    [{ "lsb-release": "DISTRIB_ID=Amazon\nDISTRIB_RELEASE=2\n" }, "amazon", "2"],
    [{}, "", ""],
  ];
  test.each(cases)("%j is %s %s", async (files, name, version) => {
    expect(await linuxDistribution(folderWith(files))).toEqual({ name, version });
  });

  test("its name for people", () => {
    const debian = parseReleaseFile(
      '# a comment\nPRETTY_NAME="P"\n NAME="Debian GNU/Linux"\nVERSION="12 (book\\"worm)"\n',
    );
    expect(releaseName(debian)).toBe('Debian GNU/Linux 12 (book"worm)');
    expect(releaseName(parseReleaseFile("PRETTY_NAME='Arch Linux'\nNAME=Arch"))).toBe("Arch Linux");
  });

  test("of a Mac", () => {
    const plist =
      "<dict>\n<key>ProductName</key>\n\t<string>macOS</string>\n<key>ProductVersion</key><string>15.1</string>";
    expect([plistValue(plist, "ProductName"), plistValue(plist, "ProductVersion"), plistValue(plist, "None")]).toEqual([
      "macOS",
      "15.1",
      "",
    ]);
  });
});

describe("the processor", () => {
  const none = { vendorId: "", family: "", modelId: "", modelName: "", stepping: 0, cacheSize: 0 };
  const lines = (pairs: Record<string, string>): string =>
    Object.entries(pairs)
      .map(([key, value]) => `${key}\t: ${value}\n`)
      .join("");
  test("x86: the first of several counts", () => {
    const one = { processor: "0", vendor_id: "AuthenticAMD", "cpu family": "25", model: "1", "model name": "AMD EPYC" };
    const text = `${lines({ ...one, stepping: "1", "cache size": "512 KB" })}\n${lines({ processor: "1", model: "2" })}`;
    const family = { vendorId: "AuthenticAMD", family: "25", modelId: "1", modelName: "AMD EPYC" };
    expect(parseCpuInfo(text)).toEqual({ ...family, stepping: 1, cacheSize: 512 });
  });
  test("ARM: numbers have names", () => {
    const text = lines({ processor: "0", "CPU implementer": "0x41", "CPU part": "0xd40", "CPU revision": "1" });
    const graviton = { vendorId: "ARM", modelId: "0xd40", modelName: "Neoverse-V1", stepping: 1 };
    expect(parseCpuInfo(text)).toEqual({ ...none, ...graviton });
  });
  test("POWER", () => {
    const text = lines({ processor: "0", cpu: "POWER9 (architected)", revision: "2.2 (pvr 004e 1202)" });
    const power = {
      vendorId: "IBM",
      family: "POWER",
      modelId: "POWER9",
      modelName: "POWER9 (architected)",
      stepping: 2,
    };
    expect(parseCpuInfo(text)).toEqual({ ...none, ...power });
  });
});

describe("the name of the host", () => {
  test("in hosts(5): the first of the line", () => {
    const hosts = "# box\n127.0.0.1 localhost\n10.0.0.7\tbox.shop.example Box # web\n10.0.0.8 other";
    expect(nameInHosts(hosts, "box")).toBe("box.shop.example");
    expect(nameInHosts(hosts, "other")).toBe("other");
    expect(nameInHosts(hosts, "web")).toBeUndefined();
  });

  test("with the domains of resolv.conf(5)", () => {
    expect(candidates("search a.example b.example.\n", "box")).toEqual(["box.a.example", "box.b.example", "box"]);
    expect(candidates("domain a.example\n", "box.x")).toEqual(["box.x", "box.x.a.example"]);
    expect(candidates("search a.example\noptions timeout:1 ndots:2 # x\n", "box.x")).toEqual([
      "box.x.a.example",
      "box.x",
    ]);
    expect(candidates("search a.example\n", "box.")).toEqual(["box"]);
  });

  test("from DNS: aliases are followed to who has an address", async () => {
    const server = await startDns({ "box.shop.example": "real.shop.example", "real.shop.example": "10.0.0.7" });
    const etc = folderWith({ hosts: "127.0.0.1 localhost\n", "resolv.conf": "search shop.example\n" });
    const settings = { hostname: "box", etc, dnsServers: [server] };
    expect(await hostnameFrom("cname", settings, NEVER)).toBe("real.shop.example");
    expect(await hostnameFrom("dns", settings, NEVER)).toBe("real.shop.example");
    const none = hostnameFrom("cname", { ...settings, hostname: "none" }, NEVER);
    await expect(none).rejects.toThrow(/neither .*hosts nor DNS has a name for "none"/);
  });

  test("from a server that does not answer: given up when the time is over", async () => {
    const etc = folderWith({ hosts: "" });
    const stop = new AbortController();
    const server = await startDns(undefined, () => stop.abort());
    const settings = { hostname: "box", etc, dnsServers: [server] };
    await expect(hostnameFrom("cname", settings, stop.signal)).rejects.toThrow("aborted");
  });

  test("from the operating system", async () => {
    expect(await hostnameFrom("os", { hostname: hostname(), etc: "/etc" }, NEVER)).toBe(hostname());
  });
});

/** A DNS server: name → address, or name → name. Without records it never answers. */
async function startDns(records: Readonly<Record<string, string>> | undefined, asked?: () => void): Promise<string> {
  const socket = createSocket("udp4");
  undos.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on("message", (query, from) => {
    asked?.();
    if (records !== undefined) socket.send(dnsAnswer(query, records), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}

const A = 1;
const CNAME = 5;

function dnsAnswer(query: Buffer, records: Readonly<Record<string, string>>): Buffer {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(query.toString("latin1", offset + 1, offset + 1 + length));
    offset += length + 1;
  }
  const type = query.readUInt16BE(offset + 1);
  const value = records[labels.join(".").toLowerCase()];
  const isAddress = /^[\d.]+$/.test(value ?? "");
  const isKnown = value !== undefined && (isAddress ? type === A : true);
  const answer = value === undefined || (isAddress && type !== A) ? undefined : answerData(value, isAddress);
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(value === undefined ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(isKnown ? 1 : 0, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const parts = [head, query.subarray(12, offset + 5)];
  if (answer !== undefined) {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(isAddress ? A : CNAME, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(answer.length, 10);
    parts.push(record, answer);
  }
  return Buffer.concat(parts);
}

function answerData(value: string, isAddress: boolean): Buffer {
  if (isAddress) return Buffer.from(value.split(".").map(Number));
  const labels = value.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...labels, Buffer.from([0])]);
}
