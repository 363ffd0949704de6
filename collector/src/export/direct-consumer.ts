import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer } from "../component.js";
import type { Lane } from "../ledger.js";
import { exporterMetrics, observeInFlight } from "./exporter-metrics.js";

/** What of a batch could not be used, by reason. */
export type Dropped = readonly { readonly reason: string; readonly count: number }[];

/** For an exporter that is done with a batch at once: no queue, nothing to wait for, the same books and metrics. */
export function directConsumer(
  host: ComponentHost,
  signal: Signal,
  lane: Lane,
  handle: (batch: Batch) => Dropped,
): Consumer {
  const metrics = exporterMetrics(host.metrics, host.id.text, signal);
  observeInFlight(host.metrics, host.id.text, signal, () => 0);
  return {
    consume: (batch) => {
      let items = batch.itemCount;
      for (const { reason, count } of handle(batch)) {
        const dropped = Math.min(count, items);
        if (dropped === 0) continue;
        lane.drop(dropped, reason.replaceAll(" ", "_"));
        metrics.sendFailed.add(dropped);
        items -= dropped;
      }
      lane.sent += items;
      metrics.sent.add(items);
      return undefined;
    },
  };
}

export const NOTHING_DROPPED: Dropped = [];
