import { z } from "zod";
import { LEAST_PROBABILITY } from "./threshold.js";

export const probabilisticSamplerSchema = z.strictObject({
  /** Above 100 is 100. */
  sampling_percentage: z
    .number()
    .default(0)
    .refine((percentage) => percentage >= 0, { error: (issue) => `sampling rate is negative: ${issue.input}%` })
    .refine((percentage) => percentage === 0 || percentage / 100 >= LEAST_PROBABILITY, {
      error: (issue) => `sampling rate is too small: ${issue.input}%`,
    }),
  hash_seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0),
  /** Empty: `hash_seed`. */
  mode: z.enum(["", "hash_seed", "proportional", "equalizing"]).default(""),
  /** What cannot be decided is dropped; else it is kept. */
  fail_closed: z.boolean().default(true),
  /** Hexadecimal digits of the threshold. */
  sampling_precision: z.int().min(1).max(14).default(4),
  // Of logs only:
  attribute_source: z.enum(["traceID", "record"]).default("traceID"),
  from_attribute: z.string().default(""),
  sampling_priority: z.string().default(""),
});

export type ProbabilisticSamplerConfig = z.infer<typeof probabilisticSamplerSchema>;
