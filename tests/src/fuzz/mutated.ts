import type { Random } from "../promql/random.js";

/** One to a few changes to one of the seeds; one input in two hundred is a seed as it is. */
export function mutated(
  seeds: readonly Buffer[],
  random: Random,
  mutate: (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer,
): Buffer {
  let input = random.pick(seeds);
  if (random.chance(0.005)) return input;
  const changes = random.chance(0.6) ? 1 : 2 + random.below(5);
  for (let change = 0; change < changes; change++) input = mutate(input, random, seeds);
  return input;
}

/** An input whose first byte says in which way it is read. */
export function withSelector(selector: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([selector]), bytes]);
}
