import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { type Agent, request } from "undici";
import type { Target } from "./targets.js";
import { type ParsedFamily, parseExposition } from "./text-parser.js";

/** What a target may answer at most, inflated. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

const gunzip = promisify(zlib.gunzip) as (body: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>;

/** Scrapes a target. @throws Error with one line that says why not. */
export async function fetchExposition(target: Target, agent: Agent, abort: AbortSignal): Promise<ParsedFamily[]> {
  const answer = await request(target.url, {
    dispatcher: agent,
    headers: {
      accept: ACCEPT,
      "accept-encoding": "gzip",
      "user-agent": "venturi-collector",
      "x-prometheus-scrape-timeout-seconds": String(target.timeoutMs / 1000),
      ...authorization(target),
    },
    signal: abort,
  });
  if (answer.statusCode !== 200) {
    await answer.body.dump();
    throw new Error(`server returned HTTP status ${answer.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  let body: Buffer = Buffer.concat(chunks);
  if (answer.headers["content-encoding"] === "gzip") body = await gunzip(body, { maxOutputLength: MAX_BODY_BYTES });
  const type = String(answer.headers["content-type"] ?? "");
  return parseExposition(body.toString("utf8"), type.startsWith("application/openmetrics-text"));
}

function authorization({ config }: Target): Record<string, string> {
  const { basic_auth, authorization: header } = config;
  if (basic_auth !== undefined) {
    const password = basic_auth.password ?? readSecret(basic_auth.password_file);
    const pair = Buffer.from(`${basic_auth.username}:${password}`).toString("base64");
    return { authorization: `Basic ${pair}` };
  }
  if (header === undefined) return {};
  return { authorization: `${header.type} ${header.credentials ?? readSecret(header.credentials_file)}` };
}

/** Read at each scrape, as Prometheus does: secrets are rotated in place. */
function readSecret(file: string | undefined): string {
  return file === undefined ? "" : readFileSync(file, "utf8").trim();
}
