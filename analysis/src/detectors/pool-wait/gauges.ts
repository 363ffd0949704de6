import type { DetectorContext, Signal } from "../../detector.js";
import { addUp, seriesOf, seriesOwner } from "../../facts/series.js";
import { mean } from "../../numbers.js";

export const poolSignals: readonly Signal[] = [
  { name: "pool-pending", query: "db_client_connection_pending_requests" },
  { name: "pool-connections", query: "db_client_connection_count" },
  { name: "pool-max", query: "db_client_connection_max" },
];

/** What the pool says of itself, all instances of the service together; null where it says nothing. */
export interface PoolGauges {
  /** Connections that one instance's pool may open. */
  readonly size: number | null;
  readonly instances: number;
  readonly usedMean: number | null;
  readonly usedMax: number | null;
  readonly pendingMean: number | null;
  readonly pendingMax: number | null;
}

export function measurePool(context: DetectorContext, service: string): PoolGauges {
  const connections = seriesOf(context.series("pool-connections"), service);
  const used = values(connections.filter(({ labels }) => labels.db_client_connection_state === "used"));
  const pending = values(seriesOf(context.series("pool-pending"), service));
  const instances = Math.max(1, new Set(connections.map(({ labels }) => seriesOwner(labels).instance)).size);
  const configured = maximum(
    seriesOf(context.series("pool-max"), service).flatMap(({ points }) => points.map(([, v]) => v)),
  );
  const opened = maximum(values(connections));
  return {
    size: configured ?? (opened === null ? null : Math.max(1, Math.round(opened / instances))),
    instances,
    usedMean: used.length === 0 ? null : mean(used),
    usedMax: maximum(used),
    pendingMean: pending.length === 0 ? null : mean(pending),
    pendingMax: maximum(pending),
  };
}

function values(series: Parameters<typeof addUp>[0]): number[] {
  return addUp(series).map(([, value]) => value);
}

function maximum(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers);
}
