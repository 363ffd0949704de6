import { request } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";

/** One HTTP request, as it goes to both servers. */
export interface ApiRequest {
  /** How the request is called in the report of a difference, when its path does not say it. */
  readonly name?: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Decompressed. */
  readonly body: Buffer;
}

/** Parameters of a request; a list gives the parameter several times. */
export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

export function get(path: string, parameters: Parameters = {}, headers: Record<string, string> = {}): ApiRequest {
  const query = encoded(parameters);
  return { method: "GET", path: query === "" ? path : `${path}?${query}`, headers, body: "" };
}

/** A form in the body. */
export function post(path: string, parameters: Parameters = {}, headers: Record<string, string> = {}): ApiRequest {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", path, headers: { ...type, ...headers }, body: encoded(parameters) };
}

/** What the report of a difference calls the request. */
export function titleOf({ name, method, path, headers, body }: ApiRequest): string {
  if (name !== undefined) return `${method} ${path}: ${name}`;
  const text = typeof body === "string" ? body : `${body.length} bytes`;
  const shown = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [method, decodeURIComponentSafely(path), text, ...shown].filter((part) => part !== "").join(" | ");
}

/** Sends the request with exactly its headers; nothing is followed or decoded on the way except compression. */
export function exchange(url: string, { method, path, headers, body }: ApiRequest): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers: { ...headers, "content-length": Buffer.byteLength(body) } });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const raw = Buffer.concat(parts);
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body: decompressed(raw, answered["content-encoding"]) });
      });
    });
    sent.end(body);
  });
}

function decompressed(bytes: Buffer, encoding: string | undefined): Buffer {
  if (bytes.length === 0 || encoding === undefined) return bytes;
  return encoding === "gzip" ? gunzipSync(bytes) : inflateSync(bytes);
}

function encoded(parameters: Parameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of typeof value === "object" ? value : [String(value)]) form.append(name, one);
  }
  return form.toString();
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
