/** The head of a request that `PlainConnection` serves itself. */
export interface PlainHead {
  readonly path: string;
  /** Empty when the header is absent. */
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly contentLength: number;
  /** Offset of the first byte of the body. */
  readonly end: number;
}

/**
 * `incomplete`: the head has not arrived whole. `unusual`: not a request of the one shape that is read here, so that
 * `node:http` must judge it.
 */
export type NoHead = "incomplete" | "unusual";

/** A longer head is left to `node:http`, which knows its own limit. */
const MAX_HEAD_BYTES = 8 * 1024;
const MAX_HEADERS = 64;
/** 999 TB: nobody's body, and far from where a number loses digits. */
const MAX_LENGTH_DIGITS = 15;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const DEL = 127;

/** 1 for the characters of a header's name (RFC 9110, 5.6.2). */
const TOKEN = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  TOKEN[char.charCodeAt(0)] = 1;
}

/** Headers that say how the request is framed, or that something other than an answer is expected: not read here. */
const FOREIGN: ReadonlySet<string> = new Set([
  "transfer-encoding",
  "expect",
  "upgrade",
  "http2-settings",
  "trailer",
  "te",
  "origin",
  "authorization",
  "proxy-authorization",
  "proxy-connection",
  "keep-alive",
]);

/**
 * Reads the head of `POST /path HTTP/1.1` in `bytes[start, end)` when it is of the shape that exporters send: one Host, one
 * Content-Length, nothing of `FOREIGN`, no folded lines, printable ASCII. Whatever is different in any way is
 * "unusual", so that nothing is accepted here which `node:http` would read otherwise (RFC 9112, 11.2).
 */
export function readPlainHead(bytes: Buffer, start: number, end: number): PlainHead | NoHead {
  const limit = Math.min(end, start + MAX_HEAD_BYTES);
  const whole = limit < end || end - start === MAX_HEAD_BYTES;
  const missing: NoHead = whole ? "unusual" : "incomplete";
  const lineEnd = bytes.indexOf(LF, start);
  if (lineEnd < 0 || lineEnd >= limit) return startsLikePost(bytes, start, limit) ? missing : "unusual";
  const path = readRequestLine(bytes, start, lineEnd);
  if (path === undefined) return "unusual";

  let hosts = 0;
  let contentLength = -1;
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  let at = lineEnd + 1;
  for (let count = 0; ; count++) {
    if (at >= limit) return missing;
    if (bytes[at] === CR) {
      if (at + 1 >= limit) return missing;
      if (bytes[at + 1] !== LF || hosts !== 1 || contentLength < 0) return "unusual";
      return {
        path,
        contentType: contentType ?? "",
        contentEncoding: contentEncoding ?? "",
        contentLength,
        end: at + 2,
      };
    }
    if (count === MAX_HEADERS) return "unusual";
    const nameAt = at;
    while (at < limit && TOKEN[bytes[at] as number] !== 0) at++;
    if (at >= limit) return missing;
    if (bytes[at] !== COLON || at === nameAt) return "unusual";
    const nameEnd = at++;
    while (at < limit && isBlank(bytes[at] as number)) at++;
    const valueAt = at;
    while (at < limit && isText(bytes[at] as number)) at++;
    if (at + 1 >= limit) return at < limit && bytes[at] !== CR ? "unusual" : missing;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return "unusual";
    let valueEnd = at;
    while (valueEnd > valueAt && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
    at += 2;

    // Names of other lengths are none of those that matter.
    if (!matters(nameEnd - nameAt)) continue;
    const name = bytes.toString("latin1", nameAt, nameEnd).toLowerCase();
    if (FOREIGN.has(name)) return "unusual";
    if (name === "host") {
      if (valueEnd === valueAt) return "unusual";
      hosts++;
    } else if (name === "content-length") {
      if (contentLength >= 0) return "unusual";
      contentLength = readLength(bytes, valueAt, valueEnd);
      if (contentLength < 0) return "unusual";
    } else if (name === "content-type") {
      if (contentType !== undefined) return "unusual";
      contentType = bytes.toString("latin1", valueAt, valueEnd);
    } else if (name === "content-encoding") {
      if (contentEncoding !== undefined) return "unusual";
      contentEncoding = bytes.toString("latin1", valueAt, valueEnd);
    } else if (name === "connection" && bytes.toString("latin1", valueAt, valueEnd).toLowerCase() !== "keep-alive") {
      return "unusual";
    }
  }
}

const LENGTHS = new Uint8Array(64);
for (const name of [...FOREIGN, "host", "content-length", "content-type", "content-encoding", "connection"]) {
  LENGTHS[name.length] = 1;
}

function matters(nameLength: number): boolean {
  return nameLength < LENGTHS.length && LENGTHS[nameLength] === 1;
}

/** @returns the path of `POST /path HTTP/1.1\r`, undefined for any other line. */
function readRequestLine(bytes: Buffer, start: number, lineEnd: number): string | undefined {
  const pathAt = start + 5;
  const pathEnd = lineEnd - VERSION.length;
  if (pathEnd <= pathAt || !startsLikePost(bytes, start, lineEnd)) return undefined;
  for (let index = 0; index < VERSION.length; index++) {
    if (bytes[pathEnd + index] !== VERSION[index]) return undefined;
  }
  for (let at = pathAt; at < pathEnd; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE || byte >= DEL) return undefined;
  }
  return bytes.toString("latin1", pathAt, pathEnd);
}

const START = Buffer.from("POST /");
/** What stands between the path and the line feed. */
const VERSION = Buffer.from(" HTTP/1.1\r");

function startsLikePost(bytes: Buffer, start: number, end: number): boolean {
  const length = Math.min(START.length, end - start);
  for (let index = 0; index < length; index++) if (bytes[start + index] !== START[index]) return false;
  return true;
}

function readLength(bytes: Buffer, start: number, end: number): number {
  if (end === start || end - start > MAX_LENGTH_DIGITS) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

/** Printable ASCII and tab. Other bytes are allowed by `node:http`, but no exporter sends them. */
function isText(byte: number): boolean {
  return (byte >= SPACE && byte < DEL) || byte === TAB;
}
