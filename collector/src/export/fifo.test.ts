import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.js";

test("what goes in comes out in order, however the queue grows and shrinks", () => {
  const fifo = new Fifo<{ readonly at: number }>();
  let [into, out] = [0, 0];
  for (let round = 0; round < 50; round++) {
    for (let count = 0; count < (round % 7) * 400; count++) fifo.push({ at: into++ });
    for (let count = 0; count < (round % 5) * 450 && out < into; count++) expect(fifo.shift()?.at).toBe(out++);
  }
  expect(fifo.takeAll().map(({ at }) => at)).toEqual(Array.from({ length: into - out }, (_, index) => out + index));
  expect([fifo.shift(), fifo.takeAll()]).toEqual([undefined, []]);
});

test("what was taken out is garbage, although others still wait", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const fifo = new Fifo<object>();
  for (let count = 0; count < 20; count++) fifo.push({ memory: new Uint8Array(1000) });
  const taken = Array.from({ length: 10 }, () => new WeakRef(fifo.shift() as object));
  // A WeakRef holds its target until the turn that made it is over.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  expect(taken.filter((one) => one.deref() !== undefined)).toEqual([]);
});
