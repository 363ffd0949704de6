import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { stringMap } from "../config/schema-types.js";
import { allowCors, corsSchema } from "./cors.js";
import { INFLATERS } from "./encodings/inflate.js";

/** What an operator may ask of every answer and every request of an HTTP server. */
export const serverRuleOptions = {
  cors: corsSchema.optional(),
  response_headers: stringMap(),
  /** Encodings that are taken; `""` is none. All, when it is left out. */
  compression_algorithms: z.array(z.enum(["", ...INFLATERS.keys()])).default([]),
};
const schema = z.strictObject(serverRuleOptions);
export type ServerRules = z.infer<typeof schema>;

/** Whether there is any rule, so that each request must be looked at with all its headers. */
export function hasRules({ cors, response_headers, compression_algorithms }: ServerRules): boolean {
  return cors !== undefined || Object.keys(response_headers).length > 0 || compression_algorithms.length > 0;
}

/** Adds headers to the answer; true when the request was about CORS alone and has been answered. */
export function beginAnswer(rules: ServerRules, request: IncomingMessage, response: ServerResponse): boolean {
  for (const [name, value] of Object.entries(rules.response_headers)) response.setHeader(name, value);
  return rules.cors !== undefined && allowCors(rules.cors, request, response);
}

/** Why the encoding of a request is not taken. */
export function refusedEncoding(rules: ServerRules, request: IncomingMessage): string | undefined {
  const encoding = request.headers["content-encoding"] ?? "";
  const { compression_algorithms: taken } = rules;
  return taken.length === 0 || taken.includes(encoding) ? undefined : `unsupported Content-Encoding: ${encoding}`;
}
