import type { DetectorContext, Signal } from "../detector.js";
import { mean, quantile } from "../numbers.js";
import { addUp, seriesOf, seriesOwner } from "./series.js";

export const poolSignals: readonly Signal[] = [
  { name: "pool-pending", query: "db_client_connection_pending_requests" },
  { name: "pool-connections", query: "db_client_connection_count" },
  { name: "pool-max", query: "db_client_connection_max" },
];

/** What the pool says of itself, all instances of the service together; null where it says nothing. */
export interface PoolGauges {
  /** Connections that one instance's pool may have. */
  readonly size: number | null;
  readonly instances: number;
  readonly usedMean: number | null;
  readonly usedMax: number | null;
  readonly pendingMean: number | null;
  readonly pendingMax: number | null;
}

export function measurePool(context: Pick<DetectorContext, "series">, service: string): PoolGauges {
  const connections = seriesOf(context.series("pool-connections"), service);
  const used = addUp(connections.filter(({ labels }) => labels.db_client_connection_state === "used"));
  const pending = addUp(seriesOf(context.series("pool-pending"), service));
  const instances = Math.max(1, new Set(connections.map(({ labels }) => seriesOwner(labels).instance)).size);
  const configured = maximum(
    seriesOf(context.series("pool-max"), service).flatMap(({ points }) => points.map(([, v]) => v)),
  );
  return {
    size: limitWhileWaiting(addUp(connections), pending, instances) ?? configured,
    instances,
    usedMean: used.length === 0 ? null : mean(valuesOf(used)),
    usedMax: maximum(valuesOf(used)),
    pendingMean: pending.length === 0 ? null : mean(valuesOf(pending)),
    pendingMax: maximum(valuesOf(pending)),
  };
}

/**
 * A pool with requests waiting has as many connections as it may have. That is worth more than the configured maximum,
 * which some pools report once and never correct. Null when nobody waited.
 */
function limitWhileWaiting(
  connections: readonly Sample[],
  pending: readonly Sample[],
  instances: number,
): number | null {
  const waiting = new Set(pending.filter(([, value]) => value > 0).map(([time]) => time));
  const seen = connections.filter(([time]) => waiting.has(time)).map(([, value]) => value / instances);
  return seen.length === 0 ? null : Math.max(1, Math.round(quantile(seen, 0.5)));
}

type Sample = readonly [timeMs: number, value: number];

function valuesOf(samples: readonly Sample[]): number[] {
  return samples.map(([, value]) => value);
}

function maximum(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : Math.max(...numbers);
}
