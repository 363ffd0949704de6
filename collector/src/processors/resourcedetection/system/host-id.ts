import { execFile } from "node:child_process";
import { platform } from "node:os";
import { promisify } from "node:util";
import { readText } from "./read-text.js";

const FILES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ["/etc/machine-id", "/var/lib/dbus/machine-id"],
  freebsd: ["/etc/hostid"],
  openbsd: ["/etc/hostid"],
  netbsd: ["/etc/hostid"],
};

/** The identity that the installation of this host was given; undefined when none is known. */
export async function hostId(): Promise<string | undefined> {
  for (const file of FILES[platform()] ?? []) {
    const text = await readText(file);
    if (text !== undefined && text.trim() !== "") return text.trim();
  }
  return platform() === "darwin" ? macId() : undefined;
}

async function macId(): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice"]);
  return /"IOPlatformUUID" = "([^"]+)"/.exec(stdout)?.[1];
}
