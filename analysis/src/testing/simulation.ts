import { seededRandom } from "../random.js";

/** A small discrete-event simulation: processes are generators, time is virtual, everything is seeded. */

export type Step = { readonly waitMs: number } | { readonly acquire: Resource };
export type Process<T = void> = Generator<Step, T, void>;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

export class Resource {
  readonly capacity: number;
  inUse = 0;
  readonly waiting: (() => void)[] = [];
  /** Integral of use over time: utilization is `busyMs / capacity / time`. */
  busyMs = 0;
  lastChangeMs = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }
}

export class Simulation {
  nowMs = 0;
  readonly random: () => number;
  readonly #events: Event[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Exponential with the given mean: arrivals of a Poisson process. */
  exponential(mean: number): number {
    return -Math.log(1 - this.random()) * mean;
  }

  /** Log-normal around a median: how durations scatter in practice. */
  around(median: number, spread = 0.25): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
    return median * Math.exp(spread * normal);
  }

  at(atMs: number, run: () => void): void {
    const heap = this.#events;
    let index = heap.push({ atMs, order: this.#order++, run }) - 1;
    for (let parent = (index - 1) >> 1; index > 0 && before(heap[index]!, heap[parent]!); parent = (index - 1) >> 1) {
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  }

  start(process: Process<unknown>): void {
    const advance = (): void => {
      const { done, value } = process.next();
      if (done === true) return;
      if ("waitMs" in value) this.at(this.nowMs + value.waitMs, advance);
      else this.#acquire(value.acquire, advance);
    };
    advance();
  }

  /** Runs until nothing is left to do. */
  run(): void {
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      this.nowMs = event.atMs;
      event.run();
    }
  }

  #next(): Event | undefined {
    const heap = this.#events;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === index) return first;
      [heap[index], heap[least]] = [heap[least]!, heap[index]!];
      index = least;
    }
  }

  account(resource: Resource): void {
    resource.busyMs += resource.inUse * (this.nowMs - resource.lastChangeMs);
    resource.lastChangeMs = this.nowMs;
  }

  #acquire(resource: Resource, proceed: () => void): void {
    if (resource.inUse >= resource.capacity) {
      resource.waiting.push(proceed);
      return;
    }
    this.account(resource);
    resource.inUse++;
    this.at(this.nowMs, proceed);
  }

  release(resource: Resource): void {
    const next = resource.waiting.shift();
    if (next !== undefined) {
      this.at(this.nowMs, next);
      return;
    }
    this.account(resource);
    resource.inUse--;
  }
}
