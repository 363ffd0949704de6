import type { EditValue } from "@venturi/otlp";
import { OttlError } from "../values.js";

/** scheme, then //authority, path, ?query and #fragment, as RFC 3986 divides a URI. */
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#([\s\S]*))?$/;

/** The parts of a URL under the names of the semantic conventions. @throws OttlError */
export function parseUrl(text: string): Map<string, EditValue> {
  if (text === "") throw new OttlError("url cannot be empty");
  const bad = (why: string) => new OttlError(`cannot parse ${JSON.stringify(text)}: ${why}`);
  if (/\p{Cc}/u.test(text)) throw bad("invalid control character");
  const [, scheme = "", authority, rawPath = "", query = "", rawFragment = ""] = URI.exec(text) ?? [];
  if (scheme === "" && /^:|^[^/?#]*:/.test(text) && authority === undefined) throw bad("missing protocol scheme");
  const unescaped = (part: string): string => {
    if (/%(?![0-9a-fA-F]{2})/.test(part)) throw bad("invalid URL escape");
    const bytes = Buffer.from(part, "utf8")
      .toString("latin1")
      .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, "latin1").toString("utf8");
  };
  // `mailto:a@b.c` has no path, only something that is not divided further.
  const isOpaque = scheme !== "" && authority === undefined && !rawPath.startsWith("/");
  const path = isOpaque ? "" : unescaped(rawPath);
  const result = new Map<string, EditValue>([["url.original", scheme.toLowerCase() + text.slice(scheme.length)]]);
  const host = authority === undefined ? { domain: "" } : readAuthority(authority, bad);
  result.set("url.domain", host.domain);
  result.set("url.scheme", scheme.toLowerCase());
  result.set("url.path", path);
  if (host.port !== undefined && host.port !== "") result.set("url.port", BigInt(host.port));
  if (rawFragment !== "") result.set("url.fragment", unescaped(rawFragment));
  if (host.user !== undefined) {
    const [name = "", ...password] = host.user.split(":");
    result.set("url.user_info", host.user);
    if (name !== "") result.set("url.username", unescaped(name));
    if (password.length > 0) result.set("url.password", unescaped(password.join(":")));
  }
  if (query !== "") result.set("url.query", query);
  const dot = path.lastIndexOf(".");
  if (dot >= 0 && dot < path.length - 1) result.set("url.extension", path.slice(dot + 1));
  return result;
}

interface Authority {
  readonly domain: string;
  readonly port?: string;
  readonly user?: string;
}

function readAuthority(authority: string, bad: (why: string) => OttlError): Authority {
  const at = authority.lastIndexOf("@");
  const user = at < 0 ? {} : { user: authority.slice(0, at) };
  const host = authority.slice(at + 1);
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(host);
  if (match === null) throw bad("invalid host or port");
  if (/[ <>"\\^`{|}]/.test(host)) throw bad("invalid character in host name");
  return { ...user, domain: match[1] ?? match[2] ?? "", port: match[3] ?? "" };
}
