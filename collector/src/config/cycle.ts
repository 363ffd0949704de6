import type { ConnectorFactory } from "../component.js";
import type { PipelineConfig } from "./config.js";

/** A path through connectors that comes back to where it began, as readable steps; undefined when there is none. */
export function findCycle(
  pipelines: readonly PipelineConfig[],
  connector: (id: string) => ConnectorFactory<unknown> | undefined,
): string[] | undefined {
  const finished = new Set<PipelineConfig>();
  const visit = (
    pipeline: PipelineConfig,
    trail: readonly PipelineConfig[],
    steps: readonly string[],
  ): string[] | undefined => {
    const seen = trail.indexOf(pipeline);
    if (seen >= 0) return [...steps.slice(seen * 2), `pipeline "${pipeline.id}"`];
    if (finished.has(pipeline)) return undefined;
    for (const id of pipeline.exporters) {
      const factory = connector(id);
      for (const next of factory === undefined ? [] : pipelines.filter((other) => other.receivers.includes(id))) {
        if (!factory?.pairs.some((pair) => pair.from === pipeline.signal && pair.to === next.signal)) continue;
        const step = [`pipeline "${pipeline.id}"`, `connector "${id}" (${pipeline.signal} to ${next.signal})`];
        const found = visit(next, [...trail, pipeline], [...steps, ...step]);
        if (found !== undefined) return found;
      }
    }
    finished.add(pipeline);
    return undefined;
  };
  for (const pipeline of pipelines) {
    const found = visit(pipeline, [], []);
    if (found !== undefined) return found;
  }
  return undefined;
}
