import { readdir } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { readText } from "./read-text.js";

export interface NetworkInterface {
  readonly name: string;
  /** Up, and more than a way to oneself. */
  readonly isExternal: boolean;
  /** `02:fc:00:00:00:01`; empty: it has none. */
  readonly mac: string;
  readonly addresses: readonly string[];
}

const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const NO_MAC = /^(00:)*00$/;

/**
 * All network interfaces in the order of their index. Node only names those that are up and have an address, so on Linux
 * the kernel is asked for the others.
 * @param folder `/sys/class/net`; where there is none, Node's list is all.
 */
export async function listInterfaces(folder = "/sys/class/net"): Promise<NetworkInterface[]> {
  const known = networkInterfaces();
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return Object.keys(known).map((name) => asNodeSees(name, known[name] ?? []));
  const read = (name: string, file: string): Promise<string | undefined> => readText(join(folder, name, file));
  const all = await Promise.all(
    names.map(async (name) => {
      const [index, flags, mac] = await Promise.all(["ifindex", "flags", "address"].map((file) => read(name, file)));
      return { index: Number(index), flags: Number(flags), name, mac: (mac ?? "").trim() };
    }),
  );
  return all
    .filter(({ index }) => index > 0)
    .sort((a, b) => a.index - b.index)
    .map(({ name, flags, mac }) => ({
      name,
      isExternal: (flags & IFF_UP) !== 0 && (flags & IFF_LOOPBACK) === 0,
      mac: NO_MAC.test(mac) ? "" : mac,
      addresses: (known[name] ?? []).map(({ address }) => address),
    }));
}

function asNodeSees(name: string, infos: readonly { mac: string; internal: boolean; address: string }[]) {
  const mac = infos[0]?.mac ?? "";
  return {
    name,
    isExternal: infos.some(({ internal }) => !internal),
    mac: NO_MAC.test(mac) ? "" : mac,
    addresses: infos.map(({ address }) => address),
  };
}
