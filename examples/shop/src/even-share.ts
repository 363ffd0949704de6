/**
 * Picks a share of what passes, evenly spread and without chance: of a share of 0.3, three in every ten.
 */
export class EvenShare {
  #owed = 0;

  /** True when this one is picked. */
  next(share: number): boolean {
    this.#owed += share;
    // 20 times 0.95 is a little less than 19 in floating point.
    if (this.#owed < 1 - 1e-9) return false;
    this.#owed -= 1;
    return true;
  }
}
