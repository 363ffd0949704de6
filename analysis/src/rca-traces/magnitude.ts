import { quantile } from "../numbers.js";

/** How much more than usual a quantity is, in octaves above its own median; 0 for all that is not above it. */
interface Yardstick {
  readonly median: number;
  readonly counts: ReadonlyMap<number, number>;
  readonly samples: number;
}

/**
 * What is ordinary for many quantities of one sort (durations at places, CPU use of services). Each has its own history;
 * how often the tail is reached, for which one history is too short, is learnt from all of them together.
 */
export class Magnitudes {
  readonly #yardsticks = new Map<string, Yardstick>();
  readonly #pooled = new Map<number, number>();
  #pooledSamples = 0;
  readonly #resolution: number;
  readonly #ceiling: number;
  readonly #priorSamples: number;

  constructor(
    histories: ReadonlyMap<string, readonly number[]>,
    { resolution, ceiling, priorSamples }: { resolution: number; ceiling: number; priorSamples: number },
  ) {
    this.#resolution = resolution;
    this.#ceiling = ceiling;
    this.#priorSamples = priorSamples;
    for (const [key, values] of histories) {
      if (values.length === 0) continue;
      const median = quantile(values, 0.5);
      const counts = new Map<number, number>();
      for (const value of values) {
        const octave = this.#octave(value, median);
        counts.set(octave, (counts.get(octave) ?? 0) + 1);
        this.#pooled.set(octave, (this.#pooled.get(octave) ?? 0) + 1);
      }
      this.#pooledSamples += values.length;
      this.#yardsticks.set(key, { median, counts, samples: values.length });
    }
  }

  median(key: string): number | undefined {
    return this.#yardsticks.get(key)?.median;
  }

  /**
   * Likelihood of the value under "a fault raised it, by any factor up to the ceiling" over its likelihood under "as
   * ever"; undefined for a quantity without a history. At or below the median a fault has raised nothing: zero.
   */
  ratio(key: string, value: number): number | undefined {
    const yardstick = this.#yardsticks.get(key);
    if (yardstick === undefined) return undefined;
    const octave = this.#octave(value, yardstick.median);
    if (octave === 0) return 0;
    const octaves = Math.max(1, this.#octave(this.#ceiling, yardstick.median));
    // Krichevsky-Trofimov's half a count per octave: what was never seen is rare, not impossible.
    const everywhere = ((this.#pooled.get(octave) ?? 0) + 0.5) / (this.#pooledSamples + 0.5 * (octaves + 1));
    const own = yardstick.counts.get(octave) ?? 0;
    const ordinary = (own + this.#priorSamples * everywhere) / (yardstick.samples + this.#priorSamples);
    return 1 / octaves / ordinary;
  }

  #octave(value: number, median: number): number {
    return Math.max(0, Math.ceil(Math.log2((value + this.#resolution) / (median + this.#resolution))));
  }
}
