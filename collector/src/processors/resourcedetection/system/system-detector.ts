import { arch, hostname, platform } from "node:os";
import { join } from "node:path";
import type { EditValue } from "@venturi/otlp";
import type { Logger } from "../../../telemetry/logger.js";
import { type Detector, SCHEMA_URL } from "../detector.js";
import type { Toggles } from "../toggles.js";
import { parseCpuInfo } from "./cpu-info.js";
import { hostId } from "./host-id.js";
import { type HostnameSource, hostnameFrom } from "./hostname.js";
import { listInterfaces } from "./interfaces.js";
import { osBuildId, osDescription, osNameAndVersion } from "./operating-system.js";
import { readText } from "./read-text.js";

export const SYSTEM_ATTRIBUTES = {
  "host.arch": false,
  "host.cpu.cache.l2.size": false,
  "host.cpu.family": false,
  "host.cpu.model.id": false,
  "host.cpu.model.name": false,
  "host.cpu.stepping": false,
  "host.cpu.vendor.id": false,
  "host.id": false,
  "host.interface": false,
  "host.ip": false,
  "host.mac": false,
  "host.name": true,
  "os.build.id": false,
  "os.description": false,
  "os.name": false,
  "os.type": true,
  "os.version": false,
} as const;

type Attribute = keyof typeof SYSTEM_ATTRIBUTES;

export interface SystemConfig {
  readonly hostname_sources: readonly HostnameSource[];
  readonly resource_attributes: Toggles<typeof SYSTEM_ATTRIBUTES>;
}

/** Where the host's files are: not in `/` when the collector runs in a container. */
export interface HostFolders {
  readonly etc: string;
  readonly proc: string;
}

/** As the Collector, by HOST_ETC and HOST_PROC. */
export function hostFolders(env: NodeJS.ProcessEnv): HostFolders {
  return { etc: env.HOST_ETC || "/etc", proc: env.HOST_PROC || "/proc" };
}

/** What the operating system says about this host; values are those of the Collector's detector. */
export function systemDetector(config: SystemConfig, folders: HostFolders, log: Logger): Detector {
  const isWanted = (attribute: Attribute): boolean => config.resource_attributes[attribute].enabled;
  return {
    name: "system",
    detect: async (signal) => {
      const attributes = new Map<string, EditValue>();
      const put = (attribute: Attribute, value: EditValue): void => {
        if (isWanted(attribute)) attributes.set(attribute, value);
      };
      put("host.name", await firstHostname(config.hostname_sources, signal, log));
      put("os.type", osType());
      put("host.arch", hostArch());
      if (isWanted("host.id")) {
        const id = await hostId();
        if (id === undefined) log.warn("failed to get host ID: this host has none that is known");
        else put("host.id", id);
      }
      if (isWanted("os.description")) put("os.description", await osDescription());
      if (isWanted("os.build.id")) put("os.build.id", await osBuildId());
      if (isWanted("os.name") || isWanted("os.version")) {
        const { name, version } = await osNameAndVersion(folders.etc);
        put("os.name", name);
        put("os.version", version);
      }
      await putInterfaces(isWanted, put);
      await putCpu(join(folders.proc, "cpuinfo"), put, isWanted);
      return { attributes, schemaUrl: SCHEMA_URL };
    },
  };
}

type Put = (attribute: Attribute, value: EditValue) => void;
type IsWanted = (attribute: Attribute) => boolean;

async function firstHostname(sources: readonly HostnameSource[], signal: AbortSignal, log: Logger): Promise<string> {
  const problems: string[] = [];
  for (const source of sources) {
    try {
      return await hostnameFrom(source, { hostname: hostname(), etc: "/etc" }, signal);
    } catch (error) {
      problems.push(`${source}: ${(error as Error).message}`);
      log.debug(`no hostname from ${problems.at(-1)}`);
    }
  }
  throw new Error(`all hostname sources failed to get hostname: ${problems.join("; ")}`);
}

async function putInterfaces(isWanted: IsWanted, put: Put): Promise<void> {
  if (!isWanted("host.ip") && !isWanted("host.mac") && !isWanted("host.interface")) return;
  const interfaces = await listInterfaces();
  const external = interfaces.filter(({ isExternal }) => isExternal);
  const list = (attribute: Attribute, values: string[]): void => {
    if (values.length > 0) put(attribute, values);
  };
  list(
    "host.ip",
    external.flatMap(({ addresses }) => addresses),
  );
  list(
    "host.mac",
    external.flatMap(({ mac }) => (mac === "" ? [] : [mac.toUpperCase().replaceAll(":", "-")])),
  );
  list(
    "host.interface",
    interfaces.map(({ name }) => name),
  );
}

/** Where there is no such file nothing is known of the processor. */
async function putCpu(file: string, put: Put, isWanted: IsWanted): Promise<void> {
  const wanted = (Object.keys(SYSTEM_ATTRIBUTES) as Attribute[]).some(
    (attribute) => attribute.startsWith("host.cpu.") && isWanted(attribute),
  );
  const text = wanted ? await readText(file) : undefined;
  if (text === undefined) return;
  const cpu = parseCpuInfo(text);
  put("host.cpu.vendor.id", cpu.vendorId);
  put("host.cpu.family", cpu.family);
  if (cpu.modelId !== "") put("host.cpu.model.id", cpu.modelId);
  put("host.cpu.model.name", cpu.modelName);
  put("host.cpu.stepping", String(cpu.stepping));
  put("host.cpu.cache.l2.size", BigInt(cpu.cacheSize));
}

function osType(): string {
  const name = platform();
  return name === "win32" ? "windows" : name === "sunos" ? "solaris" : name;
}

/** Node's names → those of the semantic conventions. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "x86", arm: "arm32" };

function hostArch(): string {
  return ARCHITECTURES[arch()] ?? arch();
}
