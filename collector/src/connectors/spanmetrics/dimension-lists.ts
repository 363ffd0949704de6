import type { Dimension, SpanMetricsConfig } from "./config.js";
import type { NamedDimension } from "./dimension-key.js";
import { compileGlob } from "./glob.js";
import { GlobNames } from "./glob-names.js";

/** The dimensions of one metric. */
export interface DimensionList {
  readonly named: readonly NamedDimension[];
  /** Bits of the lists that `GlobNames` was made of. */
  readonly globMask: number;
}

export interface DimensionLists {
  /** All names, each once: their places are the slots of the dimensions. */
  readonly names: readonly string[];
  /** undefined: there are no globs. */
  readonly globs: GlobNames | undefined;
  readonly calls: DimensionList;
  readonly durations: DimensionList;
  readonly events: DimensionList;
}

/** What of spans, events and resources must be found, and which metric wants what of it. */
export function dimensionLists(config: SpanMetricsConfig): DimensionLists {
  const events = config.events.enabled ? config.events.dimensions : [];
  const lists = [config.dimensions, config.calls_dimensions, config.histogram.dimensions, events];
  const slots = new Map<string, number>();
  for (const { name } of lists.flat()) if (name !== undefined && !slots.has(name)) slots.set(name, slots.size);
  const globs = lists.map((list) => list.flatMap(({ glob }) => (glob === undefined ? [] : [compileGlob(glob)])));
  const listOf = (own: number): DimensionList => {
    const both = [...config.dimensions, ...(lists[own] as readonly Dimension[])];
    const named = both.flatMap((dimension) =>
      dimension.name === undefined
        ? []
        : [{ name: dimension.name, default: dimension.default, slot: slots.get(dimension.name) as number }],
    );
    const bit = (list: number): number => ((globs[list]?.length ?? 0) > 0 ? 1 << list : 0);
    return { named, globMask: bit(0) | bit(own) };
  };
  return {
    names: [...slots.keys()],
    globs: globs.some((list) => list.length > 0) ? new GlobNames(globs) : undefined,
    calls: listOf(1),
    durations: listOf(2),
    events: listOf(3),
  };
}
