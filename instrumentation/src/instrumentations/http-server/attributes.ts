/** Attributes of a server span by semantic convention, made without parsing what need not be parsed. */
import type { IncomingMessage } from "node:http";
import type { Attributes } from "@opentelemetry/api";
import { redactQuery } from "../../redaction/url.js";

const knownMethods: ReadonlySet<string> = new Set(
  "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split(" "),
);

/** `_OTHER` for a method that is not known, so that a client cannot make series. */
export function normalizedMethod(method: string): string {
  return knownMethods.has(method) ? method : "_OTHER";
}

interface Authority {
  readonly host: string;
  readonly port: number | undefined;
}

const authoritiesMax = 200;
const authorities = new Map<string, Authority>();

/** Host and port of a Host header, with the scheme's port when there is none; remembered, as a server has few. */
function authorityOf(header: string, scheme: string | undefined): Authority {
  const key = `${scheme}/${header}`;
  const known = authorities.get(key);
  if (known !== undefined) return known;
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(header);
  const host = match?.[1] ?? header;
  const port = match?.[2] ?? (match !== null && scheme !== undefined ? (scheme === "http" ? "80" : "443") : undefined);
  const authority = { host, port: port === undefined ? undefined : Number(port) };
  if (authorities.size >= authoritiesMax) authorities.clear();
  authorities.set(key, authority);
  return authority;
}

const first = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

/** A parameter of the first element of a `Forwarded` header that has it (RFC 7239). */
function forwarded(header: string, name: string): string | undefined {
  return new RegExp(`(?:^|[;,])\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;,\\s]*))`, "i")
    .exec(header)
    ?.slice(1)
    .find(Boolean);
}

function serverAuthority(request: IncomingMessage, scheme: string): Authority | undefined {
  const { headers } = request;
  const forwardedHost = headers.forwarded === undefined ? undefined : forwarded(headers.forwarded, "host");
  if (forwardedHost !== undefined) return authorityOf(forwardedHost, forwarded(headers.forwarded ?? "", "proto"));
  const proxied = first(headers["x-forwarded-host"]);
  if (proxied !== undefined && proxied !== "") return authorityOf(proxied, first(headers["x-forwarded-proto"]));
  const { host } = headers;
  return host === undefined || host === "" ? undefined : authorityOf(host, scheme);
}

/** An address in a forwarding header may carry a port. */
function withoutPort(address: string): string {
  const match = /^\[([^\]]*)\](?::\d+)?$|^([^:]*):\d+$/.exec(address);
  return match?.[1] ?? match?.[2] ?? address;
}

function clientAddress(request: IncomingMessage, peer: string | undefined): string | undefined {
  const { headers } = request;
  const named = headers.forwarded === undefined ? undefined : forwarded(headers.forwarded, "for");
  if (named !== undefined) return withoutPort(named);
  const chain = first(headers["x-forwarded-for"]);
  if (chain === undefined || chain === "") return peer;
  const comma = chain.indexOf(",");
  return withoutPort((comma < 0 ? chain : chain.slice(0, comma)).trim());
}

/** What a URL parser would leave as it is: no dot segments, nothing to be encoded. */
const plainPath: RegExp = /^\/(?!\/)(?!.*\/(?:\.|%2e))[\w\-.~!$&'()*+,;=:@%/]*$/i;

function pathOf(target: string): string | undefined {
  if (plainPath.test(target)) return target;
  try {
    return new URL(target, "http://localhost").pathname;
  } catch {
    return undefined;
  }
}

/** The attributes known when a request arrives. */
export function requestAttributes(request: IncomingMessage, method: string, scheme: "http" | "https"): Attributes {
  const { url = "/", headers, socket } = request;
  const { remoteAddress, remotePort } = socket;
  const question = url.indexOf("?");
  const attributes: Attributes = { "http.request.method": method, "url.scheme": scheme };
  const server = serverAuthority(request, scheme);
  if (server !== undefined) attributes["server.address"] = server.host;
  if (remoteAddress !== undefined) attributes["network.peer.address"] = remoteAddress;
  if (remotePort !== undefined) attributes["network.peer.port"] = remotePort;
  attributes["network.protocol.version"] = request.httpVersion;
  if (headers["user-agent"] !== undefined) attributes["user_agent.original"] = headers["user-agent"];
  const path = pathOf(question < 0 ? url : url.slice(0, question));
  if (path !== undefined) attributes["url.path"] = path;
  if (question >= 0 && question < url.length - 1) attributes["url.query"] = redactQuery(url.slice(question + 1));
  const client = clientAddress(request, remoteAddress);
  if (client !== undefined) attributes["client.address"] = client;
  if (server?.port !== undefined) attributes["server.port"] = server.port;
  if (method !== request.method) attributes["http.request.method_original"] = request.method;
  return attributes;
}
