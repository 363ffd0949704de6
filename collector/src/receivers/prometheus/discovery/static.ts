import { z } from "zod";
import type { DiscoveryFactory } from "./discovery.js";

const schema = z.strictObject({
  targets: z.array(z.string().min(1)).default([]),
  labels: z.record(z.string(), z.string()).default({}),
});

/** Targets that the configuration lists. */
export const staticDiscovery: DiscoveryFactory<z.infer<typeof schema>> = {
  key: "static_configs",
  schema,
  create: (config) => ({
    start: async (update) => {
      update([config]);
      return async () => {};
    },
  }),
};
