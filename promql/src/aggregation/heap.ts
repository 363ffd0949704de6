/** A binary heap that moves elements exactly as Go's container/heap does, so that ties fall the same way. */
export class Heap<T> {
  readonly items: T[] = [];
  readonly #isLess: (a: T, b: T) => boolean;

  constructor(isLess: (a: T, b: T) => boolean) {
    this.#isLess = isLess;
  }

  get top(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    items.push(item);
    let child = items.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isLess(items[child]!, items[parent]!)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  replaceTop(item: T): void {
    const { items } = this;
    items[0] = item;
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const child = right < items.length && this.#isLess(items[right]!, items[left]!) ? right : left;
      if (!this.#isLess(items[child]!, items[parent]!)) return;
      this.#swap(child, parent);
      parent = child;
    }
  }

  #swap(a: number, b: number): void {
    const item = this.items[a]!;
    this.items[a] = this.items[b]!;
    this.items[b] = item;
  }
}
