import type { Target } from "./target.js";

/** A run loads only what it feeds. Weights are parts of a run's inputs: what is slow gets fewer. */
export const TARGETS: readonly Target[] = [
  ...(["traces", "metrics", "logs"] as const).map((signal) => ({
    name: signal,
    weight: 10,
    concurrency: 1,
    start: async () => (await import("./targets/otlp-protobuf.js")).start(signal),
  })),
  {
    name: "json",
    weight: 10,
    concurrency: 1,
    start: async () => (await import("./targets/otlp-json.js")).start(),
  },
  { name: "zipkin", weight: 6, concurrency: 1, start: async () => (await import("./targets/zipkin.js")).start() },
  { name: "bodies", weight: 3, concurrency: 1, start: async () => (await import("./targets/bodies.js")).start() },
  { name: "scrape", weight: 6, concurrency: 1, start: async () => (await import("./targets/scrape.js")).start() },
  { name: "head", weight: 40, concurrency: 1, start: async () => (await import("./targets/plain-head.js")).start() },
  { name: "http", weight: 1, concurrency: 8, start: async () => (await import("./targets/http.js")).start() },
  { name: "collector", weight: 1, concurrency: 4, start: async () => (await import("./targets/collector.js")).start() },
];

/** @throws RangeError when there is no target of that name */
export function targetNamed(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`no target "${name}": there are ${TARGETS.map((target) => target.name).join(", ")}`);
}

/** Divides a run's inputs among targets by their weights; every one gets some. */
export function shares(targets: readonly Target[], inputs: number): Map<Target, number> {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(targets.map((target) => [target, Math.max(1, Math.round((inputs * target.weight) / total))]));
}
