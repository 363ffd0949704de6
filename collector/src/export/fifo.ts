/** First in, first out, without moving the rest for each. What was taken out is held no longer. */
export class Fifo<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  /** @returns undefined when it is empty */
  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) this.#items.length = 0;
    else if (this.#head <= 1024 || this.#head * 2 <= this.#items.length) return item;
    else this.#items = this.#items.slice(this.#head);
    this.#head = 0;
    return item;
  }

  takeAll(): T[] {
    const items = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return items;
  }
}
