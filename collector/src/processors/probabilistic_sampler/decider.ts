import type { ProbabilisticSamplerConfig } from "./config.js";
import {
  ALWAYS,
  isAbove,
  LEAST_PROBABILITY,
  MOST_RANDOM,
  NEVER,
  type Pair,
  probabilityOf,
  thresholdOf,
} from "./threshold.js";

/** What an item (a span or a log record) says about its sampling. One object that is filled for each item. */
export class Item {
  /** Could not be read. */
  isMalformed = false;
  /** Set by an earlier sampler. */
  randomness: Readonly<Pair> | undefined;
  threshold: Readonly<Pair> | undefined;
  /** The low 56 bits of the trace id; undefined without one. */
  traceRandomness: Readonly<Pair> | undefined;
  /** FNV-1a of 32 bits with the seed, of the trace id or of an attribute; undefined without a source. */
  hash: number | undefined;
  hashPolicy = "";
  /** The threshold that the item asks for. */
  priority: Readonly<Pair> | undefined;

  // Written by the decider:
  /** Name of what decided, for the metrics. */
  policy = "";
  /** Whether the item is to be changed as the following say; undefined: left out. */
  isRewritten = false;
  newRandomness: Readonly<Pair> | undefined;
  newThreshold: Readonly<Pair> | undefined;
  /** The arriving threshold is not true and is to be left out. */
  isThresholdCleared = false;

  reset(): void {
    this.isMalformed = this.isRewritten = this.isThresholdCleared = false;
    this.randomness = this.threshold = this.traceRandomness = this.hash = undefined;
    this.priority = this.newRandomness = this.newThreshold = undefined;
    this.hashPolicy = this.policy = "";
  }
}

type Mode = "never" | "hash_seed" | "equalizing" | "proportional";

/** Decides about items one by one. The decisions, and what is written into kept items, are upstream's. */
export class Decider {
  readonly mode: Mode;
  private readonly failClosed: boolean;
  private readonly precision: number;
  private readonly ratio: number;
  private readonly fixed: Readonly<Pair>;
  private readonly isLogs: boolean;
  /** Thresholds of `proportional` by what arrives: there are few. */
  private readonly known = new Map<number, Readonly<Pair>>();
  private readonly hashed: Pair = { high: 0, low: 0 };

  constructor(config: ProbabilisticSamplerConfig, isLogs: boolean) {
    this.isLogs = isLogs;
    this.failClosed = config.fail_closed;
    this.precision = config.sampling_precision;
    // Upstream reads the percentage as 32 bits.
    const percentage = Math.min(100, Math.fround(config.sampling_percentage));
    this.ratio = Math.max(LEAST_PROBABILITY, percentage / 100);
    const mode = config.mode === "" ? "hash_seed" : config.mode;
    const buckets = Math.trunc(Math.fround(percentage * Math.fround(BUCKETS / 100)));
    this.mode = percentage === 0 || (mode === "hash_seed" && buckets === 0) ? "never" : mode;
    // The 14 bits that decide are the highest of the 56.
    if (mode === "hash_seed") this.fixed = { high: (BUCKETS - buckets) << 10, low: 0 };
    else this.fixed = thresholdOf(this.ratio, this.precision) ?? NEVER;
  }

  decide(item: Item): boolean {
    const randomness = this.randomness(item);
    let failed = item.isMalformed;
    // What has sampling information of its own that this mode must not touch is left as it is.
    let isOurs = this.mode === "never" || !failed;
    if (this.mode === "hash_seed" && !failed) {
      failed = item.randomness !== undefined || item.threshold !== undefined;
      isOurs = !failed;
      if (isOurs && !(this.isLogs && randomness === undefined)) item.newRandomness = randomness ?? MOST_RANDOM;
    }
    if (!failed) failed = randomness === undefined || !this.isConsistent(item, randomness, isOurs);
    let threshold = failed ? (this.failClosed ? NEVER : ALWAYS) : this.thresholdFor(item);
    if (item.priority !== undefined) {
      threshold = item.priority;
      item.policy = "sampling_priority";
    }
    const isSampled = !isAbove(threshold, randomness ?? MOST_RANDOM);
    if (!isSampled || !isOurs) return isSampled;
    item.isRewritten = true;
    const arriving = item.isThresholdCleared ? undefined : item.threshold;
    // A probability may fall and not rise.
    if (arriving === undefined || !isAbove(arriving, threshold)) item.newThreshold = threshold;
    return true;
  }

  /** Sets the policy's name as well. Undefined: the item has none. */
  private randomness(item: Item): Readonly<Pair> | undefined {
    switch (this.mode) {
      case "never":
        item.policy = "sampling_priority";
        return MOST_RANDOM;
      case "hash_seed":
        item.policy = item.hash === undefined ? "missing_randomness" : item.hashPolicy;
        return item.hash === undefined ? undefined : this.spread(item.hash);
      default:
        if (item.isMalformed || (item.randomness ?? item.traceRandomness) === undefined) {
          item.policy = "missing_randomness";
          return undefined;
        }
        item.policy = item.randomness === undefined ? "trace_id_w3c" : "sampling_randomness";
        return item.randomness ?? item.traceRandomness;
    }
  }

  /** An arriving threshold above the randomness is a lie: the item should not have been sampled before. */
  private isConsistent(item: Item, randomness: Readonly<Pair>, isOurs: boolean): boolean {
    if (!isOurs || item.threshold === undefined || !isAbove(item.threshold, randomness)) return true;
    item.isThresholdCleared = true;
    return false;
  }

  private thresholdFor(item: Item): Readonly<Pair> {
    if (this.mode === "never") return NEVER;
    if (this.mode === "hash_seed" || item.threshold === undefined) return this.fixed;
    if (this.mode === "equalizing") return isAbove(item.threshold, this.fixed) ? item.threshold : this.fixed;
    const probability = probabilityOf(item.threshold) * this.ratio;
    let threshold = this.known.get(probability);
    if (threshold === undefined) {
      threshold = thresholdOf(probability, this.precision) ?? NEVER;
      if (this.known.size >= KNOWN_MAX) this.known.clear();
      this.known.set(probability, threshold);
    }
    return threshold;
  }

  /** Makes 56 bits of a hash of 32 of which 14 decide: those inverted, then the others mixed, then the 14 as they are. */
  private spread(hash: number): Readonly<Pair> {
    const deciding = hash & (BUCKETS - 1);
    const unused = hash >>> 18;
    const mixed = unused ^ ((unused << 10) >>> 0);
    // 14 bits + 28 + 14 = 24 + 32.
    this.hashed.high = ((BUCKETS - 1 - deciding) << 10) | (mixed >>> 18);
    this.hashed.low = (((mixed & 0x3ffff) << 14) | deciding) >>> 0;
    return this.hashed;
  }
}

const BUCKETS = 0x4000;
const KNOWN_MAX = 1000;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of 32 bits over the seed (little-endian) and the bytes. */
export function seededHash(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((seed >>> shift) & 0xff), FNV_PRIME);
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
  return hash >>> 0;
}
