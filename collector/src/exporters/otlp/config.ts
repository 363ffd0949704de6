import { z } from "zod";
import { authSchema } from "../../auth/authenticator.js";
import { durationMs, section, stringMap, unsupported } from "../../config/schema-types.js";
import { queueSchema, retrySchema } from "../../export/queue-config.js";
import { clientTlsSchema } from "../../net/tls-config.js";

export const otlpGrpcSchema = z.strictObject({
  endpoint: z.string().refine((text) => text !== "", "must not be empty; write it as host:port"),
  tls: clientTlsSchema.prefault({}),
  compression: z.enum(["gzip", "deflate", "none", ""]).default("gzip"),
  headers: stringMap(),
  timeout: durationMs("5s"),
  sending_queue: queueSchema.prefault({}),
  retry_on_failure: retrySchema.prefault({}),
  keepalive: section(
    z.strictObject({
      time: durationMs("10s"),
      timeout: durationMs("20s"),
      permit_without_stream: z.boolean().default(false),
    }),
  ).optional(),
  balancer_name: z.enum(["pick_first", "round_robin"]).default("round_robin"),
  authority: z.string().optional(),
  user_agent: z.string().optional(),
  /** Our own: `plain` writes HTTP/2 itself where there is no TLS, `grpc-js` leaves it to that package. */
  grpc_client: z.enum(["plain", "grpc-js"]).default("plain"),
  wait_for_ready: z.boolean().default(false),
  read_buffer_size: z.int().min(0).optional(),
  write_buffer_size: z.int().min(0).optional(),
  auth: authSchema.optional(),
  middlewares: unsupported("middlewares"),
});

export type OtlpGrpcConfig = z.infer<typeof otlpGrpcSchema>;

/** Address without scheme. `http://` and `https://` in front of it decide about TLS, as upstream. */
export function parseTarget(config: OtlpGrpcConfig): { target: string; plain: boolean } {
  const match = /^(https?):\/\/(.*?)\/?$/.exec(config.endpoint);
  if (match === null) return { target: config.endpoint, plain: config.tls.insecure };
  return { target: match[2] as string, plain: match[1] === "http" };
}
