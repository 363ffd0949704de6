import type { PrometheusSeries } from "@venturi/otlp";
import { labelsKey } from "./grouped-series.js";

/** Resources remembered at most; beyond that all are forgotten, which costs a refused sample at worst. */
const TARGETS_MAX = 10_000;

/**
 * Takes `target_info` out of the series of a batch, to be sent apart: somebody else may write the same series (a scrape of
 * this collector, another collector), and Prometheus refuses a request as a whole for one sample that is out of order.
 * Samples that are older than what was sent before are left out: exports of a resource may overtake each other, each in
 * order for its own metrics, and an older 1 tells nothing.
 */
export class TargetInfos {
  private readonly name: string;
  private latest = new Map<string, number>();

  constructor(namespace: string) {
    this.name = namespace === "" ? "target_info" : `${namespace}_target_info`;
  }

  split(groups: readonly PrometheusSeries[][]): { data: PrometheusSeries[][]; infos: PrometheusSeries[][] } {
    const data: PrometheusSeries[][] = [];
    const infos: PrometheusSeries[][] = [];
    for (const group of groups) {
      if (group[0]?.family.name !== this.name) data.push(group);
      else {
        const newer = this.newer(group);
        if (newer.length > 0) infos.push(newer);
      }
    }
    return { data, infos };
  }

  private newer(group: PrometheusSeries[]): PrometheusSeries[] {
    const key = labelsKey((group[0] as PrometheusSeries).labels);
    const since = this.latest.get(key) ?? Number.NEGATIVE_INFINITY;
    const newer = group.filter(({ timestampMs }) => timestampMs > since);
    const last = newer.at(-1);
    if (last === undefined) return newer;
    if (this.latest.size >= TARGETS_MAX) this.latest = new Map();
    this.latest.set(key, last.timestampMs);
    return newer;
  }
}
