import { BlockList, isIP } from "node:net";
import { OttlError } from "../values.js";

/** `10.0.0.0/8`. @throws OttlError */
export function parseNetwork(text: string): BlockList {
  const slash = text.indexOf("/");
  const address = text.slice(0, Math.max(slash, 0));
  const bits = text.slice(slash + 1);
  const version = isIP(address);
  if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) {
    throw new OttlError(`invalid CIDR address: ${text}`);
  }
  const network = new BlockList();
  network.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6");
  return network;
}

export function inNetwork(address: string, network: BlockList): boolean {
  return network.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The bytes of an IPv4 (4) or IPv6 (16) address; undefined when it is none. */
export function addressBytes(text: string): Uint8Array | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes("%")) return undefined;
  if (version === 4) return new Uint8Array(text.split(".").map(Number));
  // The URL parser writes an IPv4 tail as two groups.
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...new Array<string>(8 - left.length - right.length).fill("0"), ...right];
  const bytes = new Uint8Array(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}
