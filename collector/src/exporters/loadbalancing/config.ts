import { z } from "zod";
import { durationMs, section, unsupported } from "../../config/schema-types.js";
import { type OtlpGrpcConfig, otlpGrpcExporter } from "../otlp/otlp.js";

/** The template of the exporters. Its endpoint is that of each backend. */
const otlp: z.ZodType<OtlpGrpcConfig> = z.preprocess(
  (value: unknown) => ({ ...(value as object | null), endpoint: "127.0.0.1:0" }),
  otlpGrpcExporter.schema,
);

const port = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => text === "" || /^\d{1,5}$/.test(text), "is not a port")
  .default("");

const resolver = z
  .strictObject({
    static: section(
      z.strictObject({ hostnames: z.array(z.string().min(1)).min(1, "no hostnames specified") }),
    ).optional(),
    dns: section(
      z.strictObject({
        hostname: z.string().min(1, "no hostname specified to resolve the backends"),
        port,
        interval: durationMs("5s").transform((ms) => (ms > 0 ? ms : 5000)),
        timeout: durationMs("1s").transform((ms) => (ms > 0 ? ms : 1000)),
      }),
    ).optional(),
    k8s: unsupported("backends from Kubernetes; use `dns` with a headless service"),
    aws_cloud_map: unsupported("backends from AWS Cloud Map; use `dns`"),
  })
  .superRefine((it, context) => {
    const count = Number(it.static !== undefined) + Number(it.dns !== undefined);
    if (count === 0) context.addIssue({ code: "custom", message: "no resolvers specified for the exporter" });
    if (count > 1) context.addIssue({ code: "custom", message: "only one resolver should be specified" });
  });

export const ROUTING_KEYS = ["traceID", "service", "resource", "attributes", "metric", "streamID"] as const;
export type RoutingKey = (typeof ROUTING_KEYS)[number];

const perBackend = (option: string) => unsupported(`it is a matter of each backend: use protocol::otlp::${option}`);

export const loadBalancingSchema = z
  .strictObject({
    protocol: section(z.strictObject({ otlp: otlp.prefault({}) })).prefault({}),
    resolver: section(resolver),
    /** Empty: `traceID`, for metrics `service`. */
    routing_key: z.enum(["", ...ROUTING_KEYS]).default(""),
    routing_attributes: z.preprocess((value: unknown) => value ?? [], z.array(z.string().min(1))).default([]),
    timeout: perBackend("timeout"),
    retry_on_failure: perBackend("retry_on_failure"),
    sending_queue: perBackend("sending_queue"),
  })
  .refine((it) => it.protocol.otlp.sending_queue.storage === undefined, {
    path: ["protocol", "otlp", "sending_queue", "storage"],
    message: "not supported: a persistent queue for backends that come and go",
  })
  .refine((it) => it.routing_key !== "attributes" || it.routing_attributes.length > 0, {
    path: ["routing_attributes"],
    message: "must name at least one attribute",
  });

export type LoadBalancingConfig = z.infer<typeof loadBalancingSchema>;
