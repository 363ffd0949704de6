import { z } from "zod";
import type { ConnectorFactory } from "../../component.js";

const schema = z.strictObject({});

/** Joins pipelines of one signal: what ends in it begins again in others. */
export const forwardConnector: ConnectorFactory<z.infer<typeof schema>> = {
  kind: "connector",
  type: "forward",
  schema,
  pairs: [
    { from: "traces", to: "traces", stability: "beta" },
    { from: "metrics", to: "metrics", stability: "beta" },
    { from: "logs", to: "logs", stability: "beta" },
  ],
  create: (_config, _from, _to, next) => ({
    consume: (batch) => next.consume(batch),
    start: async () => {},
    shutdown: async () => {},
  }),
};
