import { HistogramAccumulator } from "./accumulator.js";
import { COUNTER_RESET, type FloatHistogram, NO_RESET } from "./float-histogram.js";

/** A compensated sum or mean of histograms; what it has seen on the way is for the caller to report. */
export abstract class HistogramTotal {
  hasReconciledBounds = false;
  #sawReset = false;
  #sawNoReset = false;

  constructor(first: FloatHistogram) {
    this.note(first);
  }

  /** Adds one more; false when exponential meets custom buckets, after which the total means nothing. */
  abstract add(h: FloatHistogram): boolean;
  abstract result(compacted: boolean): FloatHistogram;

  /** Some histograms say "counter reset", others "no reset". */
  get hasHintCollision(): boolean {
    return this.#sawReset && this.#sawNoReset;
  }

  protected note(h: FloatHistogram): void {
    if (h.counterResetHint === COUNTER_RESET) this.#sawReset = true;
    if (h.counterResetHint === NO_RESET) this.#sawNoReset = true;
  }

  protected addTo(accumulator: HistogramAccumulator, h: FloatHistogram): boolean {
    const outcome = accumulator.add(h);
    if (outcome.hasReconciledBounds) this.hasReconciledBounds = true;
    return !outcome.isIncompatible;
  }
}

export class HistogramSum extends HistogramTotal {
  readonly #sum: HistogramAccumulator;

  constructor(first: FloatHistogram) {
    super(first);
    this.#sum = new HistogramAccumulator(first, true);
  }

  override add(h: FloatHistogram): boolean {
    this.note(h);
    return this.addTo(this.#sum, h);
  }

  override result(compacted: boolean): FloatHistogram {
    return this.#sum.toHistogram(compacted);
  }
}

/**
 * Sums while the sums stay finite and then goes over to an incremental mean, as upstream does: direct is more exact,
 * incremental does not overflow.
 */
export class HistogramMean extends HistogramTotal {
  #sum: HistogramAccumulator;
  #count = 1;
  #incremental = false;

  constructor(first: FloatHistogram) {
    super(first);
    this.#sum = new HistogramAccumulator(first, true);
  }

  override add(h: FloatHistogram): boolean {
    this.note(h);
    const count = ++this.#count;
    if (!this.#incremental) {
      const next = this.#sum.copy();
      if (!this.addTo(next, h)) return false;
      if (!next.hasOverflow) {
        this.#sum = next;
        return true;
      }
      this.#incremental = true;
      this.#sum.divide(count - 1);
    }
    const share = new HistogramAccumulator(h, false);
    share.divide(count);
    this.#sum.multiply((count - 1) / count);
    return this.addTo(this.#sum, share.toHistogram(false));
  }

  override result(compacted: boolean): FloatHistogram {
    const mean = this.#sum.copy();
    if (!this.#incremental) mean.divide(this.#count);
    return mean.toHistogram(compacted);
  }
}
