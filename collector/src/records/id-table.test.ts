import { expect, test } from "vitest";
import { IdTable, NOT_FOUND } from "./id-table.js";

test("finds what was added and not what was removed, like a Map, over many turns and growths", () => {
  const table = new IdTable(16);
  const model = new Map<string, number>();
  const numbers = new Set<number>();
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let turn = 0; turn < 20_000; turn++) {
    // Few different words, so that ids share most of them.
    const id = [random(3), random(5), random(7), random(40)] as const;
    const key = id.join();
    const known = model.get(key);
    expect(table.find(...id)).toBe(known ?? NOT_FOUND);
    if (known === undefined) {
      const index = table.add(...id);
      if (numbers.has(index)) throw new Error(`number ${index} was given twice`);
      numbers.add(index);
      model.set(key, index);
    } else if (random(3) > 0 || model.size > 300) {
      table.remove(known);
      numbers.delete(known);
      model.delete(key);
    }
    expect(table.size).toBe(model.size);
  }
  for (const [key, index] of model) {
    expect([0, 1, 2, 3].map((which) => table.word(index, which as 0)).join()).toBe(key);
  }
  expect(table.capacity).toBeLessThanOrEqual(4096);
});
