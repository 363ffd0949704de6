import { z } from "zod";
import type { Exporter, ExporterFactory } from "../../component.js";
import { directConsumer, NOTHING_DROPPED } from "../../export/direct-consumer.js";
import { giveBack } from "../../lease.js";

const schema = z.strictObject({});

/** Takes everything and counts it as sent: for trying receivers and processors. */
export const nopExporter: ExporterFactory<z.infer<typeof schema>> = {
  kind: "exporter",
  type: "nop",
  schema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (_config, host): Exporter => ({
    consumer: (signal, lane) =>
      directConsumer(host, signal, lane, (batch) => {
        giveBack(batch);
        return NOTHING_DROPPED;
      }),
    start: async () => {},
    shutdown: async () => {},
  }),
};
