import type { PrometheusSeries } from "@venturi/otlp";
import { labelsKey } from "./grouped-series.js";

/** Resources remembered at most; beyond that all are forgotten, which costs a refused sample at worst. */
const TARGETS_MAX = 10_000;

/**
 * Leaves out `target_info` samples that are older than what was sent before. A resource's exports may arrive out of order
 * when it has several, each in order for its own metrics; they share this one series, and Prometheus refuses a request as a
 * whole for one sample that is out of order. An older 1 tells nothing.
 */
export class TargetInfoOrder {
  private readonly name: string;
  private latest = new Map<string, number>();

  constructor(namespace: string) {
    this.name = namespace === "" ? "target_info" : `${namespace}_target_info`;
  }

  filter(groups: readonly PrometheusSeries[][]): PrometheusSeries[][] {
    return groups.flatMap((group) => {
      const first = group[0];
      if (first === undefined || first.family.name !== this.name) return [group];
      const key = labelsKey(first.labels);
      const since = this.latest.get(key) ?? Number.NEGATIVE_INFINITY;
      const newer = group.filter(({ timestampMs }) => timestampMs > since);
      const last = newer.at(-1);
      if (last === undefined) return [];
      if (this.latest.size >= TARGETS_MAX) this.latest = new Map();
      this.latest.set(key, last.timestampMs);
      return [newer];
    });
  }
}
