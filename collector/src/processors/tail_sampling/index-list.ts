import { grown } from "../../records/grown.js";

const NONE = -1;

/** A queue of small integers, each in it at most once, that can also leave from the middle. */
export class IndexList {
  private next = new Int32Array(64);
  private previous = new Int32Array(64);
  private head = NONE;
  private tail = NONE;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** -1 when empty. */
  get first(): number {
    return this.head;
  }

  push(index: number): void {
    if (index >= this.next.length) this.grow(index + 1);
    this.next[index] = NONE;
    this.previous[index] = this.tail;
    if (this.tail === NONE) this.head = index;
    else this.next[this.tail] = index;
    this.tail = index;
    this.count++;
  }

  remove(index: number): void {
    const next = this.next[index] as number;
    const previous = this.previous[index] as number;
    if (previous === NONE) this.head = next;
    else this.next[previous] = next;
    if (next === NONE) this.tail = previous;
    else this.previous[next] = previous;
    this.count--;
  }

  private grow(least: number): void {
    const capacity = Math.max(least, this.next.length * 2);
    this.next = grown(this.next, new Int32Array(capacity));
    this.previous = grown(this.previous, new Int32Array(capacity));
  }
}
