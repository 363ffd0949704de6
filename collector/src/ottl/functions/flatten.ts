import { cloneEditValue, type EditMap, type EditValue } from "@venturi/otlp";
import { isMap } from "../values.js";

/**
 * The map without maps and lists inside, down to `depth` levels: `{"a": {"b": 1}}` is `{"a.b": 1}`.
 * @param resolveConflicts Lists have no numbers of their own; what would be overwritten gets the next free number.
 */
export function flattened(
  map: EditMap,
  prefix: string,
  depth: number,
  resolveConflicts: boolean,
): Map<string, EditValue> {
  const flattener = new Flattener(depth, resolveConflicts);
  flattener.map(map, prefix, 0);
  return flattener.result;
}

class Flattener {
  readonly result = new Map<string, EditValue>();
  private readonly conflicts = new Map<string, number>();
  private readonly depth: number;
  private readonly resolveConflicts: boolean;

  constructor(depth: number, resolveConflicts: boolean) {
    this.depth = depth;
    this.resolveConflicts = resolveConflicts;
  }

  map(map: EditMap, prefix: string, depth: number): void {
    const start = prefix === "" ? "" : `${prefix}.`;
    for (const [key, value] of map.entries()) this.value(start + key, value, depth);
  }

  private value(key: string, value: EditValue, depth: number): void {
    if (isMap(value) && depth < this.depth) this.map(value, key, depth + 1);
    else if (Array.isArray(value) && depth < this.depth) this.list(key, value, depth);
    else this.put(key, value);
  }

  private list(key: string, items: readonly EditValue[], depth: number): void {
    for (const [index, item] of items.entries()) {
      const isDeep = depth + 1 < this.depth;
      if (isMap(item) && isDeep) this.map(item, `${key}.${index}`, depth + 2);
      else if (Array.isArray(item) && isDeep) {
        // As upstream: items of a list in a list have the number only, in front of it no name.
        for (const [inner, value] of item.entries()) this.value(`${key}.${index}${inner}`, value, depth + 3);
      } else if (this.resolveConflicts) this.put(key, item);
      else this.put(`${key}.${index}`, item);
    }
  }

  private put(key: string, value: EditValue): void {
    let free = key;
    if (this.resolveConflicts) {
      const taken = this.conflicts.get(key) ?? 0;
      if (this.result.has(key)) {
        free = `${key}.${taken}`;
        this.conflicts.set(key, taken + 1);
      } else this.conflicts.set(key, 0);
    }
    this.result.set(free, cloneEditValue(value));
  }
}
