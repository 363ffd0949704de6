import type { z } from "zod";
import { createLogger } from "../../telemetry/logger.js";
import { type PolicyConfig, type TailSamplingConfig, tailSamplingOptions } from "./config.js";
import { compilePolicies } from "./policy-compiler.js";

/** The options, and what only the policies themselves know to be wrong. */
export const tailSamplingSchema: z.ZodType<TailSamplingConfig> = tailSamplingOptions.superRefine((config, context) => {
  config.policies.forEach((policy, index) => {
    const message = problemOf(policy, config.sampling_strategy);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["policies", index], message });
  });
});

const NO_CLOCK = { monotonicMs: () => 0, wallMs: () => 0 };
const NO_LOG = createLogger(() => {});

function problemOf(config: PolicyConfig, strategy: TailSamplingConfig["sampling_strategy"]): string | undefined {
  try {
    const [compiled] = compilePolicies([config], NO_CLOCK, NO_LOG).policies;
    if (strategy !== "span-ingest" || compiled?.policy.stateful !== true) return undefined;
    return `sampling_strategy "span-ingest" requires all policies to be stateless, but policy "${config.name}" is stateful`;
  } catch (error) {
    return (error as Error).message;
  }
}
