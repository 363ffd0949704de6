import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createDeflate, createGzip, deflate, gzip } from "node:zlib";
import type { Reply } from "./reply.js";

/** Below it, the headers of compression and its CPU time cost more than the bytes they save. */
const minCompressedBytes = 1400;

/** Answers of numbers shrink tenfold at the lowest level, which takes a fourth of the default's time. */
const zlibOptions = { level: constants.Z_BEST_SPEED };

const compressWhole = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/** Writes one answer, compressed when the client takes it. Rejects when the client goes away in the middle. */
export async function sendReply(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  headers: Record<string, string | number>,
): Promise<void> {
  const encoding = acceptedEncoding(message.headers["accept-encoding"]);
  const { body } = reply;
  if (typeof body === "string" || body instanceof Uint8Array) {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const isWorth = bytes.length >= minCompressedBytes && isText(reply);
    const sent = encoding !== undefined && isWorth ? await compressWhole[encoding](bytes, zlibOptions) : bytes;
    setEncoding(headers, sent === bytes ? undefined : encoding);
    headers["content-length"] = sent.length;
    response.writeHead(reply.status, headers);
    response.end(message.method === "HEAD" ? undefined : sent);
    return;
  }
  setEncoding(headers, encoding);
  response.writeHead(reply.status, headers);
  if (message.method === "HEAD") {
    response.end();
    return;
  }
  const source = Readable.from(body);
  if (encoding === undefined) await pipeline(source, response);
  else await pipeline(source, encoding === "gzip" ? createGzip(zlibOptions) : createDeflate(zlibOptions), response);
}

function setEncoding(headers: Record<string, string | number>, encoding: string | undefined): void {
  headers.vary = "Accept-Encoding, Origin";
  if (encoding !== undefined) headers["content-encoding"] = encoding;
}

function isText({ headers }: Reply): boolean {
  return /^text\/|json|javascript|svg/.test(headers["content-type"] ?? "");
}

/** The first of the client's list that we have; a weight of 0 refuses one. */
function acceptedEncoding(header: string | string[] | undefined): "gzip" | "deflate" | undefined {
  for (const part of String(header ?? "").split(",")) {
    const [name = "", ...weights] = part.split(";").map((text) => text.trim().toLowerCase());
    if (weights.some((weight) => /^q=0(\.0*)?$/.test(weight))) continue;
    if (name === "gzip" || name === "deflate") return name;
  }
  return undefined;
}
