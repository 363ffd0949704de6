import { hostname, machine, platform, release, type, version } from "node:os";
import { type Distribution, linuxDistribution } from "./linux-distribution.js";
import { parseReleaseFile, releaseName } from "./os-release.js";
import { readText } from "./read-text.js";

const MAC_VERSION = "/System/Library/CoreServices/SystemVersion.plist";

/** @param etc Folder with the files that say which Linux this is. */
export async function osNameAndVersion(etc: string): Promise<Distribution> {
  switch (platform()) {
    case "linux":
      return linuxDistribution(etc);
    case "darwin":
      return { name: "darwin", version: plistValue((await readText(MAC_VERSION)) ?? "", "ProductVersion") };
    default:
      return { name: platform(), version: release() };
  }
}

/** The build of the system, or the version of its kernel. */
export async function osBuildId(): Promise<string> {
  const id =
    platform() === "darwin"
      ? plistValue((await readText(MAC_VERSION)) ?? "", "ProductBuildVersion")
      : (await osRelease()).get("BUILD_ID");
  return id || release();
}

/** `Debian GNU/Linux 12 (bookworm) (Linux vm 6.1.0 #1 SMP … x86_64)`, as the OpenTelemetry SDKs write it. */
export async function osDescription(): Promise<string> {
  const kernel = `${type()} ${hostname()} ${release()} ${version()} ${machine()}`;
  const name = platform() === "darwin" ? await macName() : releaseName(await osRelease());
  return name === "" ? kernel : `${name} (${kernel})`;
}

async function osRelease(): Promise<ReadonlyMap<string, string>> {
  return parseReleaseFile((await readText("/etc/os-release")) ?? (await readText("/usr/lib/os-release")) ?? "");
}

async function macName(): Promise<string> {
  const text = (await readText(MAC_VERSION)) ?? "";
  const [name, number, build] = ["ProductName", "ProductVersion", "ProductBuildVersion"].map((key) =>
    plistValue(text, key),
  );
  return name === "" ? "" : `${name} ${number} (${build})`;
}

/** The text of a key in a property list; empty when it is not there. */
export function plistValue(text: string, key: string): string {
  return new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(text)?.[1] ?? "";
}
