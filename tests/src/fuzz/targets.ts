import type { Target } from "./target.js";
import { bodies } from "./targets/bodies.js";
import { collector } from "./targets/collector.js";
import { http } from "./targets/http.js";
import { otlpJson } from "./targets/otlp-json.js";
import { otlpProtobuf } from "./targets/otlp-protobuf.js";
import { plainHead } from "./targets/plain-head.js";
import { scrape } from "./targets/scrape.js";
import { zipkin } from "./targets/zipkin.js";

export const TARGETS: readonly Target[] = [
  otlpProtobuf("traces"),
  otlpProtobuf("metrics"),
  otlpProtobuf("logs"),
  otlpJson,
  zipkin,
  bodies,
  scrape,
  plainHead,
  http,
  collector,
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
