import { z } from "zod";
import { durationMs, section } from "../config/schema-types.js";

const signal = z.enum(["traces", "metrics", "logs"]);
/** OTLP/JSON as a mapping, checked when it is transcoded. */
const json = z.record(z.string(), z.unknown());
const counts = z.record(z.string(), z.int().min(0));

const send = section(
  z
    .strictObject({
      /** May be left out when one receiver only takes the signal. */
      receiver: z.string().optional(),
      /** Relative to the suite. */
      file: z.string().optional(),
      otlp: json.optional(),
      times: z.int().min(1).max(100_000).default(1),
      /** When the pipeline must not take it. */
      refused: z.boolean().default(false),
    })
    .refine((it) => (it.file === undefined) !== (it.otlp === undefined), "exactly one of file and otlp is needed"),
);
export type Send = z.infer<typeof send>;

const expectation = section(
  z
    .strictObject({
      exporter: z.string().optional(),
      /** May be left out when the exporter gets one signal only. */
      signal: signal.optional(),
      /** Spans, metric points or log records. */
      count: z.int().min(0).optional(),
      /** Parts of what arrives; each must be found. */
      contains: z.union([json, z.array(json)]).optional(),
      /** Nothing that arrives is like this. */
      absent: z.union([json, z.array(json)]).optional(),
      /** Everything that arrives. */
      equals: json.optional(),
      contains_file: z.string().optional(),
      equals_file: z.string().optional(),
      pipeline: z.string().optional(),
      /** In the ledger of the pipeline: items by reason, over all its processors and exits. */
      dropped: counts.optional(),
      accepted: z.int().min(0).optional(),
      refused: z.int().min(0).optional(),
    })
    .refine(
      (it) => (it.exporter === undefined) !== (it.pipeline === undefined),
      "exactly one of exporter and pipeline is needed",
    ),
);
export type Expectation = z.infer<typeof expectation>;

const step = z
  .strictObject({ send: send.optional(), advance: durationMs().optional(), expect: expectation.optional() })
  .refine(
    (it) => [it.send, it.advance, it.expect].filter((part) => part !== undefined).length === 1,
    "a step is one of send, advance and expect",
  );
export type Step = z.infer<typeof step>;

const testCase = z.strictObject({
  name: z.string().min(1),
  steps: z.array(step).min(1),
  /** After everything that is held has been delivered. */
  expect: z.array(expectation).default([]),
});
export type TestCase = z.infer<typeof testCase>;

export const suiteSchema = z.strictObject({
  /** Of the collector; relative to the suite. Left out when `--config` names it. */
  config: z.union([z.string(), z.array(z.string())]).optional(),
  set: z.array(z.string()).default([]),
  env: z.record(z.string(), z.string()).default({}),
  /** When the cases happen. */
  now: z.iso.datetime({ offset: true }).default("2026-01-01T00:00:00Z"),
  cases: z.array(testCase).min(1),
});
export type Suite = z.infer<typeof suiteSchema>;
