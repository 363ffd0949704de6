import { EvenShare } from "../even-share.js";

export const strategies = ["round-robin", "least-connections", "ip-hash"] as const;
export type Strategy = (typeof strategies)[number];

/** True for the name of a strategy. */
export function isStrategy(value: unknown): value is Strategy {
  return typeof value === "string" && (strategies as readonly string[]).includes(value);
}

export interface Target {
  readonly url: string;
  /** Requests it works on now. */
  active: number;
  /** Requests it was given so far. */
  total: number;
  /** Out of the choice until this time (performance.now()), because it could not be reached. */
  downUntilMs: number;
}

/** How long an instance that refused a connection gets no requests. */
const downMs = 2_000;

/** Chooses an instance for each request. */
export class Balancer {
  strategy: Strategy;
  readonly targets: readonly Target[];
  /** The share of requests that the first instance gets; null in health. */
  skew: number | null = null;
  #turn = 0;
  readonly #toFirst = new EvenShare();

  /** @throws Error without any URL. */
  constructor(urls: readonly string[], strategy: Strategy) {
    if (urls.length === 0) throw new Error("cannot balance over no instances: set CATALOG_URLS");
    this.targets = urls.map((url) => ({ url, active: 0, total: 0, downUntilMs: 0 }));
    this.strategy = strategy;
  }

  /**
   * Chooses an instance and counts the request to it until `release`. Instances in `tried` and those that are down are
   * left out while there is another.
   */
  acquire(clientAddress: string, tried: ReadonlySet<Target> = new Set()): Target {
    const nowMs = performance.now();
    const untried = this.targets.filter((target) => !tried.has(target));
    const up = untried.filter((target) => target.downUntilMs <= nowMs);
    const candidates = up.length > 0 ? up : untried.length > 0 ? untried : this.targets;
    const target = this.#choose(candidates, clientAddress);
    target.active++;
    target.total++;
    return target;
  }

  release(target: Target): void {
    target.active--;
  }

  /** Takes an instance that could not be reached out of the choice for a while. */
  markDown(target: Target): void {
    target.downUntilMs = performance.now() + downMs;
  }

  #choose(candidates: readonly Target[], clientAddress: string): Target {
    if (this.skew !== null && candidates.length > 1) return this.#chooseSkewed(candidates, this.skew);
    switch (this.strategy) {
      case "round-robin":
        return candidates[this.#turn++ % candidates.length]!;
      case "least-connections":
        return this.#leastActive(candidates);
      case "ip-hash":
        return highestScore(candidates, clientAddress);
    }
  }

  #chooseSkewed(candidates: readonly Target[], share: number): Target {
    if (this.#toFirst.next(share)) return candidates[0]!;
    return candidates[1 + (this.#turn++ % (candidates.length - 1))]!;
  }

  /** Of equally busy instances the next in turn, or else the first would get everything at low load. */
  #leastActive(candidates: readonly Target[]): Target {
    const fewest = Math.min(...candidates.map((target) => target.active));
    const idlest = candidates.filter((target) => target.active === fewest);
    return idlest[this.#turn++ % idlest.length]!;
  }
}

/** Rendezvous hashing: when an instance goes, only its own clients move. */
function highestScore(candidates: readonly Target[], clientAddress: string): Target {
  return candidates.reduce((best, target) =>
    hash(clientAddress + target.url) > hash(clientAddress + best.url) ? target : best,
  );
}

/** FNV-1a over UTF-16 units, with a final mix: neighbouring addresses must not score alike. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
