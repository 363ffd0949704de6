import { join } from "node:path";
import { parseReleaseFile } from "./os-release.js";
import { readText } from "./read-text.js";

/** `debian`, `12.11`. */
export interface Distribution {
  readonly name: string;
  readonly version: string;
}

/** Distributions that are made of Debian and say so in lsb-release: its name there → its name here. */
const OF_DEBIAN: Readonly<Record<string, string>> = {
  Ubuntu: "ubuntu",
  LinuxMint: "linuxmint",
  Kylin: "Kylin",
  "Cumulus Linux": "cumuluslinux",
  uos: "uos",
  Deepin: "Deepin",
};

/** Files that name a distribution by being there, in the order in which they are asked; what each says. */
const FILES: readonly (readonly [string, (text: string) => Distribution])[] = [
  ["oracle-release", (text) => ({ name: "oracle", version: releaseIn(text) })],
  ["enterprise-release", (text) => ({ name: "oracle", version: releaseIn(text) })],
  ["slackware-version", (text) => ({ name: "slackware", version: text.toLowerCase().replace("slackware ", "") })],
  ["debian_version", (text) => ({ name: "debian", version: text })],
  ["neokylin-release", redHatLike],
  ["redhat-release", redHatLike],
  ["system-release", redHatLike],
  ["gentoo-release", (text) => ({ name: "gentoo", version: releaseIn(text) })],
  ["SuSE-release", suse],
  ["arch-release", () => ({ name: "arch", version: "" })],
  ["alpine-release", (text) => ({ name: "alpine", version: text })],
];

/**
 * Which Linux this is, as gopsutil (of which the Collector has it) tells it from the files in `etc`.
 * @param etc Usually `/etc`.
 */
export async function linuxDistribution(etc: string): Promise<Distribution> {
  const lsb = parseReleaseFile((await readText(join(etc, "lsb-release"))) ?? "");
  const [id, release] = [lsb.get("DISTRIB_ID") ?? "", lsb.get("DISTRIB_RELEASE") ?? ""];
  for (const [file, read] of FILES) {
    const text = await readText(join(etc, file));
    // An empty file says as much as none.
    if (text === undefined || text === "") continue;
    const name = file === "debian_version" ? OF_DEBIAN[id] : undefined;
    if (name !== undefined) return { name, version: release };
    return file === "arch-release" ? { name: "arch", version: release } : read(text.trim());
  }
  const own = await readText(join(etc, "os-release"));
  if (own !== undefined && own !== "") {
    const values = parseReleaseFile(own);
    return { name: values.get("ID") ?? "", version: values.get("VERSION_ID") ?? "" };
  }
  return { name: id.toLowerCase(), version: release };
}

function releaseIn(text: string): string {
  const lowered = text.toLowerCase();
  return lowered.includes("rawhide") ? "rawhide" : (/release (\w[\d.]*)/.exec(lowered)?.[1] ?? "");
}

function redHatLike(text: string): Distribution {
  const lowered = text.toLowerCase();
  const name = lowered.includes("red hat") ? "redhat" : (lowered.split(" ")[0] ?? "");
  return { name, version: releaseIn(text) };
}

function suse(text: string): Distribution {
  const version = /VERSION = ([\d.]+)/.exec(text)?.[1] ?? "";
  const patch = /PATCHLEVEL = (\d+)/.exec(text)?.[1];
  const name = text.toLowerCase().includes("opensuse") ? "opensuse" : "suse";
  return { name, version: patch === undefined ? version : `${version}.${patch}` };
}
