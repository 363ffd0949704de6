import { createHash } from "node:crypto";
import bcrypt from "bcryptjs";
import { equalSecrets } from "../../auth/constant-time.js";
import { md5Crypt } from "./md5-crypt.js";
import { shaCrypt } from "./sha-crypt.js";

type Matches = (password: string) => boolean;

/** Users of an htpasswd file, by name. A later line wins. */
export class Htpasswd {
  private readonly users = new Map<string, Matches>();

  /** Lines that are no `user:password` are handed to `bad` by their number; their text is a secret. */
  constructor(text: string, bad: (line: number, why: string) => void) {
    text.split("\n").forEach((raw, index) => {
      const line = raw.trim();
      if (line === "") return;
      const colon = line.indexOf(":");
      const matches = colon < 0 ? undefined : matcher(line.slice(colon + 1));
      if (matches === undefined) bad(index + 1, colon < 0 ? "no colon" : "a malformed hash");
      else this.users.set(line.slice(0, colon), matches);
    });
  }

  matches(user: string, password: string): boolean {
    return this.users.get(user)?.(password) ?? false;
  }
}

/** By the form of the hash; what has none is a plain password. Undefined for a hash that is cut. */
function matcher(encoded: string): Matches | undefined {
  const [, scheme] = /^\$(apr1|1|2[abxy]?|5|6)\$/.exec(encoded) ?? [];
  if (scheme === "apr1" || scheme === "1") return md5Matcher(encoded, `$${scheme}$`);
  if (scheme === "5" || scheme === "6") return shaCryptMatcher(encoded, scheme === "5" ? 256 : 512);
  if (scheme !== undefined) return bcryptMatcher(encoded);
  if (encoded.startsWith("{SHA}")) return sha1Matcher(encoded.slice("{SHA}".length), Buffer.alloc(0));
  if (encoded.startsWith("{SSHA}")) {
    const bytes = Buffer.from(encoded.slice("{SSHA}".length), "base64");
    return bytes.length <= SHA1_BYTES
      ? undefined
      : sha1Matcher(bytes.subarray(0, SHA1_BYTES).toString("base64"), bytes.subarray(SHA1_BYTES));
  }
  return (password) => equalSecrets(password, encoded);
}

const SHA1_BYTES = 20;

function sha1Matcher(hash: string, salt: Buffer): Matches {
  return (password) => equalSecrets(createHash("sha1").update(password).update(salt).digest("base64"), hash);
}

function md5Matcher(encoded: string, prefix: "$1$" | "$apr1$"): Matches | undefined {
  const [salt, hash] = encoded.slice(prefix.length).split("$");
  if (salt === undefined || hash === undefined) return undefined;
  return (password) => equalSecrets(md5Crypt(password, salt.slice(0, 8), prefix), hash);
}

function shaCryptMatcher(encoded: string, bits: 256 | 512): Matches | undefined {
  const match = /^\$[56]\$(?:rounds=(\d+)\$)?([^$]*)\$([^$]+)$/.exec(encoded);
  if (match === null) return undefined;
  const [, rounds, salt, hash] = match as unknown as [string, string | undefined, string, string];
  const count = rounds === undefined ? undefined : Number(rounds);
  return (password) => equalSecrets(shaCrypt(password, salt.slice(0, 16), bits, count), hash);
}

const BCRYPT_CHARACTERS = 60;

function bcryptMatcher(encoded: string): Matches | undefined {
  if (encoded.length !== BCRYPT_CHARACTERS) return undefined;
  // The library knows $2a$ and $2b$; Apache writes $2y$ for the same.
  const hash = encoded.replace(/^\$2[xy]\$/, "$2b$");
  return (password) => bcrypt.compareSync(password, hash);
}
