import type { Batch } from "@venturi/otlp";
import { expect, it } from "vitest";
import { giveBack, lend, passOn, share } from "./lease.js";

const batch = (): Batch => ({ signal: "traces", slices: [], itemCount: 0, byteLength: 0 });

function lent(): { batch: Batch; released: () => number } {
  const one = batch();
  let released = 0;
  lend(one, { release: () => released++ });
  return { batch: one, released: () => released };
}

it("ends when the batch is given back", () => {
  const { batch: one, released } = lent();
  expect(released()).toBe(0);
  giveBack(one);
  expect(released()).toBe(1);
  giveBack(batch());
});

it("ends when each of several consumers has given the batch back", () => {
  const { batch: one, released } = lent();
  share(one, 3);
  giveBack(one);
  giveBack(one);
  expect(released()).toBe(0);
  giveBack(one);
  expect(released()).toBe(1);
});

it("goes over to the batches that have the slices", () => {
  const [first, second] = [lent(), lent()];
  const [left, right] = [batch(), batch()];
  passOn([first.batch, batch(), second.batch], [left, right]);
  giveBack(left);
  expect([first.released(), second.released()]).toEqual([0, 0]);
  giveBack(right);
  expect([first.released(), second.released()]).toEqual([1, 1]);
});

it("goes over together with the parts that others have in it", () => {
  const { batch: one, released } = lent();
  share(one, 2);
  const joined = batch();
  passOn([one], [joined]);
  giveBack(joined);
  expect(released()).toBe(0);
});
