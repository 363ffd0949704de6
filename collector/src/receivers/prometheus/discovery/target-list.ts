import { z } from "zod";
import type { TargetGroup } from "./discovery.js";

const list = z.array(
  z.strictObject({
    targets: z.array(z.string()).nullish(),
    labels: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  }),
);

/**
 * Reads a list of target groups, as files and HTTP services give it.
 * @throws Error that names the place and what is wrong there
 */
export function readTargetList(value: unknown, meta: Readonly<Record<string, string>>): TargetGroup[] {
  const result = list.safeParse(value ?? []);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join(".") || "list"}: ${issue?.message ?? "not a list of target groups"}`);
  }
  return result.data.map(({ targets, labels }) => ({
    targets: targets ?? [],
    labels: {
      ...Object.fromEntries(Object.entries(labels ?? {}).map(([name, text]) => [name, String(text)])),
      ...meta,
    },
  }));
}
