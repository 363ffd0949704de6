import { z } from "zod";
import { count, durationMs, parseDurationMs, section } from "../../config/schema-types.js";

const strings = z.preprocess((value: unknown) => value ?? [], z.array(z.string().min(1)));
const DEFAULT_BUCKETS = "2ms 4ms 6ms 8ms 10ms 50ms 100ms 200ms 400ms 800ms 1s 1400ms 2s 5s 10s 15s".split(" ");
/** As upstream, 0 is the default. */
const loopMs = (text: string) => durationMs(text).transform((ms) => (ms > 0 ? ms : (parseDurationMs(text) as number)));

export const serviceGraphSchema = z
  .strictObject({
    /** Does nothing, as upstream: the pipeline says where metrics go. */
    metrics_exporter: z.string().optional(),
    latency_histogram_buckets: z.array(durationMs()).optional(),
    /** 0: explicit buckets. */
    exponential_histogram_max_size: count(0),
    dimensions: strings.default([]),
    store: section(z.strictObject({ ttl: durationMs("2s"), max_items: count(1000) })).prefault({}),
    cache_loop: loopMs("1m"),
    store_expiration_loop: loopMs("2s"),
    virtual_node_peer_attributes: strings.default(["peer.service", "db.name", "db.system"]),
    virtual_node_extra_label: z.boolean().default(false),
    /** 0: with every batch. */
    metrics_flush_interval: durationMs("60s"),
    metrics_timestamp_offset: durationMs("0"),
    /** An older spelling for a list of one. */
    database_name_attribute: z.string().optional(),
    database_name_attributes: strings.default([]),
  })
  .superRefine((config, context) => {
    const { exponential_histogram_max_size: size, latency_histogram_buckets } = config;
    const report = (message: string): void => {
      context.addIssue({ code: "custom", path: ["exponential_histogram_max_size"], message });
    };
    if (latency_histogram_buckets !== undefined && size > 0) {
      report("use either `latency_histogram_buckets` or `exponential_histogram_max_size`");
    }
    if (size === 1) report("must be 0, or 2 and more");
  })
  .transform(({ latency_histogram_buckets, database_name_attribute, database_name_attributes, ...rest }) => ({
    ...rest,
    /** Seconds. */
    bounds: (latency_histogram_buckets ?? DEFAULT_BUCKETS.map((text) => parseDurationMs(text) as number)).map(
      (ms) => ms / 1000,
    ),
    databaseNames:
      database_name_attributes.length > 0 ? database_name_attributes : [database_name_attribute ?? "db.name"],
  }));

export type ServiceGraphConfig = z.infer<typeof serviceGraphSchema>;
