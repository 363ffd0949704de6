import { z } from "zod";
import { authSchema } from "../auth/authenticator.js";
import { durationMs, listenAddress, unsupported } from "../config/schema-types.js";
import { serverRuleOptions } from "./http-server-rules.js";
import { serverTlsSchema } from "./tls-config.js";

/** Options of every HTTP server of the Collector (`confighttp`); spread them into a component's schema. */
export function httpServerOptions(defaultEndpoint: string) {
  return {
    endpoint: listenAddress(defaultEndpoint),
    transport: z.literal("tcp").default("tcp"),
    tls: serverTlsSchema.optional(),
    auth: authSchema.optional(),
    /** Of the body as sent and as inflated. */
    max_request_body_size: z
      .int()
      .min(1)
      .default(20 * 1024 * 1024),
    read_header_timeout: durationMs("1m"),
    idle_timeout: durationMs("1m"),
    include_metadata: z.literal(false).optional(),
    ...serverRuleOptions,
    keep_alives_enabled: z.literal(true).optional(),
    read_timeout: unsupported("a limit on reading a whole request; read_header_timeout and idle_timeout are there"),
    write_timeout: unsupported("a limit on writing an answer"),
    middlewares: unsupported("middlewares"),
  };
}
