import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Id, OttlError, type Value } from "../values.js";
import { define, type FunctionDefinition } from "./define.js";
import { murmur3x64, murmur3x86 } from "./murmur3.js";
import { addressBytes } from "./networks.js";
import { bytesLike, int, optional, string } from "./params.js";
import { xxh3, xxh128 } from "./xxh3.js";

function hashOf(name: string, hash: (bytes: Uint8Array) => Value): FunctionDefinition {
  return define(
    name,
    { value: string },
    ({ value }) =>
      (context) =>
        hash(Buffer.from(value.get(context), "utf8")),
  );
}

function digest(algorithm: string): (bytes: Uint8Array) => string {
  return (bytes) => createHash(algorithm).update(bytes).digest("hex");
}

const FNV_PRIME = 0x100000001b3n;

/** FNV-1a of 64 bits, as a signed integer. */
function fnv(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return BigInt.asIntN(64, hash);
}

/** An id from its bytes or their hexadecimal digits. */
function idOf(name: string, length: 8 | 16): FunctionDefinition {
  const make = (given: Uint8Array | null): Id => {
    const bytes = given ?? new Uint8Array(0);
    if (bytes.length === length) return new Id(bytes);
    const text = Buffer.from(bytes).toString("latin1");
    if (bytes.length !== length * 2) {
      throw new OttlError(`${name}: expected ${length} or ${length * 2} bytes, got ${bytes.length}`);
    }
    if (!/^[0-9a-fA-F]+$/.test(text)) throw new OttlError(`${name}: invalid hex digits`);
    return new Id(new Uint8Array(Buffer.from(text, "hex")));
  };
  return define(name, { value: bytesLike }, ({ value }) => {
    if (value.constant === undefined) return (context) => make(value.get(context));
    const id = make(value.constant);
    return () => id;
  });
}

/** A version 7 UUID: milliseconds since the epoch, then random bits. */
function uuidV7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const PROTOCOLS: Readonly<Record<string, number>> = { ICMP: 1, TCP: 6, UDP: 17, RSVP: 46, ICMP6: 58, SCTP: 132 };

/** The hash of a network flow that is the same in both directions (Community ID 1.0). */
const communityId = define(
  "CommunityID",
  {
    sourceIP: string,
    sourcePort: int,
    destinationIP: string,
    destinationPort: int,
    protocol: optional(string),
    seed: optional(int),
  },
  (given) => (context) => {
    const source = endpoint("source", given.sourceIP.get(context), given.sourcePort.get(context));
    const destination = endpoint("destination", given.destinationIP.get(context), given.destinationPort.get(context));
    const name = given.protocol?.get(context) ?? "TCP";
    const protocol = Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
    if (protocol === undefined) throw new OttlError(`unsupported protocol: ${name}`);
    const seed = given.seed?.get(context) ?? 0n;
    if (seed < 0n || seed > 65_535n) throw new OttlError(`seed must be between 0 and 65535, got ${seed}`);
    const order =
      source.address.length - destination.address.length ||
      Buffer.compare(source.address, destination.address) ||
      source.port - destination.port;
    const [first, second] = order > 0 ? [destination, source] : [source, destination];
    const head = Buffer.from([Number(seed) >> 8, Number(seed) & 255]);
    const tail = Buffer.from([protocol, 0, first.port >> 8, first.port & 255, second.port >> 8, second.port & 255]);
    const tuple = Buffer.concat([head, first.address, second.address, tail]);
    return `1:${createHash("sha1").update(tuple).digest("base64")}`;
  },
);

function endpoint(what: string, ip: string, port: bigint): { readonly address: Uint8Array; readonly port: number } {
  if (port < 0n || port > 65_535n) throw new OttlError(`${what} port must be between 0 and 65535, got ${port}`);
  const address = addressBytes(ip);
  if (address === undefined) throw new OttlError(`invalid ${what} IP: ${ip}`);
  return { address, port: Number(port) };
}

export const HASH_CONVERTERS: readonly FunctionDefinition[] = [
  hashOf("SHA1", digest("sha1")),
  hashOf("SHA256", digest("sha256")),
  hashOf("SHA512", digest("sha512")),
  hashOf("MD5", digest("md5")),
  hashOf("FNV", fnv),
  hashOf("Murmur3Hash", murmur3x86),
  hashOf("Murmur3Hash128", murmur3x64),
  hashOf("XXH3", xxh3),
  hashOf("XXH128", xxh128),
  idOf("TraceID", 16),
  idOf("SpanID", 8),
  define("UUID", {}, () => () => randomUUID()),
  define("UUIDv7", {}, () => () => uuidV7()),
  communityId,
];
