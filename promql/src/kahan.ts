/** A sum with Neumaier's compensation: the error of every addition is kept beside it. */
export class KahanSum {
  sum = 0;
  compensation = 0;

  reset(): void {
    this.sum = 0;
    this.compensation = 0;
  }

  add(value: number): void {
    const { sum } = this;
    const total = sum + value;
    if (total === Infinity || total === -Infinity) this.compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) this.compensation += sum - total + value;
    else this.compensation += value - total + sum;
    this.sum = total;
  }

  get value(): number {
    return this.sum + this.compensation;
  }
}

/**
 * The mean of values added one by one. It sums while the sum stays finite and then goes over to an incremental mean,
 * as upstream does: direct is more exact, incremental does not overflow.
 */
export class KahanMean {
  #count = 0;
  #incremental = false;
  readonly #acc = new KahanSum();

  reset(): void {
    this.#count = 0;
    this.#incremental = false;
    this.#acc.reset();
  }

  add(value: number): void {
    const acc = this.#acc;
    const count = ++this.#count;
    if (count === 1) {
      acc.sum = value;
      return;
    }
    if (!this.#incremental) {
      const { sum, compensation } = acc;
      acc.add(value);
      if (Number.isFinite(acc.sum) || Number.isNaN(acc.sum)) return;
      this.#incremental = true;
      acc.sum = sum / (count - 1);
      acc.compensation = compensation / (count - 1);
    }
    const weight = (count - 1) / count;
    acc.sum *= weight;
    acc.compensation *= weight;
    acc.add(value / count);
  }

  get value(): number {
    const { sum, compensation } = this.#acc;
    return this.#incremental ? sum + compensation : sum / this.#count + compensation / this.#count;
  }
}
