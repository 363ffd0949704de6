import { z } from "zod";
import { count, durationMs, section, unsupported } from "../../config/schema-types.js";
import { errorModeSchema } from "../../ottl/error-mode.js";

const strings = z.preprocess((value: unknown) => value ?? [], z.array(z.string())).default([]);
const text = z.string().default("");
const flag = z.boolean().default(false);
const integer = z.int().default(0);

/** What every kind of policy can be configured with, on all levels. A block that does not belong to `type` is ignored. */
const shared = {
  name: text,
  latency: section(z.strictObject({ threshold_ms: integer, upper_threshold_ms: integer })).prefault({}),
  numeric_attribute: section(
    z.strictObject({ key: text, min_value: integer, max_value: integer, invert_match: flag }),
  ).prefault({}),
  probabilistic: section(z.strictObject({ hash_salt: text, sampling_percentage: z.number().default(0) })).prefault({}),
  status_code: section(z.strictObject({ status_codes: strings })).prefault({}),
  string_attribute: section(
    z.strictObject({
      key: text,
      values: strings,
      enabled_regex_matching: flag,
      cache_max_size: integer,
      invert_match: flag,
    }),
  ).prefault({}),
  rate_limiting: section(z.strictObject({ spans_per_second: integer, burst_capacity: integer })).prefault({}),
  bytes_limiting: section(z.strictObject({ bytes_per_second: integer, burst_capacity: integer })).prefault({}),
  span_count: section(z.strictObject({ min_spans: integer, max_spans: integer })).prefault({}),
  trace_state: section(z.strictObject({ key: text, values: strings })).prefault({}),
  boolean_attribute: section(z.strictObject({ key: text, value: flag, invert_match: flag })).prefault({}),
  ottl_condition: section(
    z.strictObject({ error_mode: errorModeSchema.optional(), span: strings, spanevent: strings }),
  ).prefault({}),
};

const SHARED_TYPES = [
  "always_sample",
  "latency",
  "numeric_attribute",
  "probabilistic",
  "status_code",
  "string_attribute",
  "rate_limiting",
  "bytes_limiting",
  "span_count",
  "trace_state",
  "trace_flags",
  "boolean_attribute",
  "ottl_condition",
] as const;

const leaf = z.strictObject({ ...shared, type: z.enum(SHARED_TYPES) });
const not = section(z.strictObject({ not_sub_policy: leaf }));
const branch = z.strictObject({ ...shared, type: z.enum([...SHARED_TYPES, "not"]), not: not.optional() });
const and = section(z.strictObject({ and_sub_policy: z.array(branch).default([]) }));
const compositeBranch = z.strictObject({ ...shared, type: z.enum([...SHARED_TYPES, "and"]), and: and.optional() });
const composite = section(
  z.strictObject({
    max_total_spans_per_second: integer,
    /** As upstream: accepted, and the order of `composite_sub_policy` is the one that counts. */
    policy_order: strings,
    composite_sub_policy: z.array(compositeBranch).default([]),
    rate_allocation: z.array(z.strictObject({ policy: text, percent: integer })).default([]),
  }),
);
const policy = z.strictObject({
  ...shared,
  type: z.enum([...SHARED_TYPES, "and", "not", "drop", "composite"]),
  and: and.optional(),
  not: not.optional(),
  drop: section(z.strictObject({ drop_sub_policy: z.array(branch).default([]) })).optional(),
  composite: composite.optional(),
});

export type LeafConfig = z.infer<typeof leaf>;
/** A policy of any level. */
export type PolicyConfig = Omit<z.infer<typeof policy>, "name" | "type"> & {
  readonly name: string;
  readonly type: z.infer<typeof policy>["type"];
};

export const tailSamplingOptions = z.strictObject({
  /** In code, milliseconds. Decisions are made every second. */
  decision_wait: durationMs("30s"),
  /** 0: a root span changes nothing. */
  decision_wait_after_root_received: durationMs("0"),
  num_traces: z.int().min(1).default(50_000),
  block_on_overflow: flag,
  expected_new_traces_per_sec: count(0),
  policies: z
    .array(policy)
    .min(1, "must have at least one policy")
    .superRefine((list, context) => {
      const seen = new Set<string>();
      list.forEach(({ name }, index) => {
        const message =
          name === "" ? "policy name cannot be empty" : seen.has(name) ? `duplicate policy name "${name}"` : undefined;
        if (message !== undefined) context.addIssue({ code: "custom", path: [index, "name"], message });
        seen.add(name);
      });
    }),
  decision_cache: section(z.strictObject({ sampled_cache_size: count(0), non_sampled_cache_size: count(0) })).prefault(
    {},
  ),
  tail_storage: unsupported("traces wait in memory; upstream has no storage extension behind its feature gate either"),
  sample_on_first_match: flag,
  sampling_strategy: z.enum(["trace-complete", "span-ingest"]).default("trace-complete"),
  drop_pending_traces_on_shutdown: flag,
  /** 0: traces may have any size. */
  maximum_trace_size_bytes: count(0),
  /** Not an option of upstream: the memory that waiting spans may take. */
  max_held_bytes: z
    .int()
    .min(1)
    .default(1024 * 1024 * 1024),
  /** Not an option of upstream: how many decisions `/sampling/TRACE_ID` remembers. */
  decision_log_size: count(100_000),
});

export type TailSamplingConfig = z.infer<typeof tailSamplingOptions>;
