import { z } from "zod";
import { authSchema } from "../../auth/authenticator.js";
import { durationMs, listenAddress, section, unsupported } from "../../config/schema-types.js";
import { httpServerOptions } from "../../net/http-server-config.js";
import { serverTlsSchema } from "../../net/tls-config.js";

const notYet = {
  auth: authSchema.optional(),
  middlewares: unsupported("middlewares"),
  include_metadata: z.literal(false).optional(),
};

const grpc = section(
  z.strictObject({
    endpoint: listenAddress("127.0.0.1:4317"),
    transport: z.literal("tcp").default("tcp"),
    tls: serverTlsSchema.optional(),
    /** Of one message, inflated. */
    max_recv_msg_size_mib: z.int().min(1).max(1024).default(4),
    max_concurrent_streams: z.int().min(1).optional(),
    /** Our own: `plain` reads HTTP/2 itself where neither `tls` nor `auth` is set, `grpc-js` leaves it to that package. */
    grpc_server: z.enum(["plain", "grpc-js"]).default("plain"),
    read_buffer_size: z.int().min(0).optional(),
    write_buffer_size: z.int().min(0).optional(),
    keepalive: section(
      z.strictObject({
        server_parameters: section(
          z.strictObject({
            max_connection_idle: durationMs().optional(),
            max_connection_age: durationMs().optional(),
            max_connection_age_grace: durationMs().optional(),
            time: durationMs().optional(),
            timeout: durationMs().optional(),
          }),
        ).optional(),
        enforcement_policy: unsupported("enforcement_policy of keepalive pings"),
      }),
    ).optional(),
    ...notYet,
  }),
);

const urlPath = (path: string) => z.string().regex(/^\//, "must begin with /").default(path);

const http = section(
  z.strictObject({
    ...httpServerOptions("127.0.0.1:4318"),
    traces_url_path: urlPath("/v1/traces"),
    metrics_url_path: urlPath("/v1/metrics"),
    logs_url_path: urlPath("/v1/logs"),
    /** Our own: `node` reads every request by `node:http`, `plain` only those that are no plain POST. */
    http_reader: z.enum(["plain", "node"]).default("plain"),
  }),
);

export const otlpReceiverSchema = z.strictObject({
  // Without `protocols` nothing would listen; the Collector refuses that too.
  protocols: section(
    z
      .strictObject({ grpc: grpc.optional(), http: http.optional() })
      .refine((it) => it.grpc !== undefined || it.http !== undefined, {
        message: "must specify at least one protocol (grpc or http)",
      }),
  ).prefault({ grpc: {}, http: {} }),
});

export type OtlpReceiverConfig = z.infer<typeof otlpReceiverSchema>;
export type GrpcConfig = NonNullable<OtlpReceiverConfig["protocols"]["grpc"]>;
export type HttpConfig = NonNullable<OtlpReceiverConfig["protocols"]["http"]>;
