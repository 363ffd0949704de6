import { IdTable, NOT_FOUND } from "../../records/id-table.js";
import { IndexList } from "./index-list.js";

/** Remembers the traces that were decided or asked for last. As upstream, a trace is known by the right half of its id. */
export class DecisionCache {
  private readonly ids: IdTable;
  private readonly order = new IndexList();
  private readonly size: number;

  /** @param size 0: remembers nothing. */
  constructor(size: number) {
    this.size = size;
    this.ids = new IdTable(16);
  }

  has(c: number, d: number): boolean {
    if (this.size === 0) return false;
    const index = this.ids.find(0, 0, c, d);
    if (index === NOT_FOUND) return false;
    this.order.remove(index);
    this.order.push(index);
    return true;
  }

  /** False: nothing is remembered here. */
  add(c: number, d: number): boolean {
    if (this.size === 0) return false;
    if (this.has(c, d)) return true;
    if (this.ids.size === this.size) {
      const oldest = this.order.first;
      this.order.remove(oldest);
      this.ids.remove(oldest);
    }
    this.order.push(this.ids.add(0, 0, c, d));
    return true;
  }
}
