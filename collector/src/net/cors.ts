import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { section } from "../config/schema-types.js";

export const corsSchema = section(
  z.strictObject({
    /** `*` in an origin stands for any text. */
    allowed_origins: z.array(z.string()).default([]),
    allowed_headers: z.array(z.string()).default([]),
    exposed_headers: z.array(z.string()).default([]),
    /** Seconds that a browser may remember the answer. */
    max_age: z.int().min(0).default(0),
  }),
);
export type CorsConfig = z.infer<typeof corsSchema>;

/** Adds CORS headers for an allowed origin; true when the request was a preflight and has been answered. */
export function allowCors(cors: CorsConfig, request: IncomingMessage, response: ServerResponse): boolean {
  const origin = request.headers.origin;
  if (origin === undefined || !cors.allowed_origins.some((pattern) => matches(pattern, origin))) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("vary", "Origin");
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) {
    if (cors.exposed_headers.length > 0) {
      response.setHeader("access-control-expose-headers", cors.exposed_headers.join(", "));
    }
    return false;
  }
  const asked = request.headers["access-control-request-headers"];
  const headers = cors.allowed_headers.length > 0 ? cors.allowed_headers.join(", ") : asked;
  response.setHeader("access-control-allow-methods", "POST");
  if (headers !== undefined) response.setHeader("access-control-allow-headers", headers);
  if (cors.max_age > 0) response.setHeader("access-control-max-age", cors.max_age);
  response.writeHead(204);
  response.end();
  return true;
}

function matches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return pattern === origin;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return origin.length >= head.length + tail.length && origin.startsWith(head) && origin.endsWith(tail);
}
