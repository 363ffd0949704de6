import { z } from "zod";

/** What becomes of a failure: `propagate` drops the batch, `ignore` says it in the log, `silent` does not. */
export type ErrorMode = "propagate" | "ignore" | "silent";

export const errorModeSchema: z.ZodType<ErrorMode> = z.preprocess(
  (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value),
  z.enum(["ignore", "silent", "propagate"]),
);
