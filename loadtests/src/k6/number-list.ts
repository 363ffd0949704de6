/** A growing list of numbers that takes eight bytes for each: a load test has millions. */
export class NumberList {
  #values: Float64Array = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }

  /** A copy, in the order of `push`. */
  toArray(): Float64Array {
    return this.#values.slice(0, this.#length);
  }

  /** A sorted copy. */
  sorted(): Float64Array {
    return this.toArray().sort();
  }
}
