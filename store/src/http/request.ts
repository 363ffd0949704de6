import type { IncomingMessage } from "node:http";
import { type Form, joinForms, parseForm, parseMultipart } from "./form.js";
import { HttpError } from "./reply.js";

/** Query forms are short; remote-write bodies have a bound of their own. */
const maxFormBytes = 10 * 1024 * 1024;

export interface Request {
  readonly method: string;
  /** Path with its percent-escapes still in place, so that an escaped slash stays part of a segment. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Parameters of the URL alone. */
  readonly urlParameters: URLSearchParams;
  /** What is wrong with the URL's parameters, if anything. */
  readonly formProblem: string | undefined;
  /** Parameters of the URL and, for POST, of the form body, which comes first, with what is wrong with them. */
  form(): Promise<Form>;
  /** Parameters of the URL and, for POST, of the form body, which comes first. */
  parameters(): Promise<URLSearchParams>;
  /** @throws {HttpError} 413 when the body is larger */
  body(maxBytes: number): Promise<Buffer>;
}

export function readRequest(message: IncomingMessage, signal: AbortSignal): Request {
  const target = message.url ?? "/";
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  const url = parseForm(queryAt < 0 ? "" : target.slice(queryAt + 1));
  const body = (maxBytes: number): Promise<Buffer> => readBody(message, maxBytes);
  const form = (): Promise<Form> => readForm(message, url);
  return {
    method: message.method ?? "GET",
    path,
    headers: message.headers,
    signal,
    urlParameters: url.parameters,
    formProblem: url.problem,
    body,
    form,
    parameters: async () => (await form()).parameters,
  };
}

async function readForm(message: IncomingMessage, url: Form): Promise<Form> {
  if (message.method !== "POST") return url;
  const contentType = message.headers["content-type"] ?? "";
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/x-www-form-urlencoded") {
    const body = await readBody(message, maxFormBytes);
    return joinForms([parseForm(body.toString("utf8")), url]);
  }
  if (type !== "multipart/form-data") return url;
  return joinForms([url, await parseMultipart(await readBody(message, maxFormBytes), contentType)]);
}

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): HttpError => new HttpError(413, `request body is larger than ${maxBytes} bytes`);
  if (Number(message.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}

/** One path segment with its escapes resolved. @throws {HttpError} 400 for broken escapes */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new HttpError(400, `invalid URL escape in "${segment}"`, { cause });
  }
}
