import { parseSelector } from "@venturi/promql";
import { expect, test } from "vitest";
import { LabelIndex } from "./label-index.js";
import { Series } from "./series.js";

function filled(): { index: LabelIndex; series: Series[] } {
  const index = new LabelIndex();
  const series = ["a", "b", "c"].flatMap((host, at) => [
    new Series(at * 2, [
      ["__name__", "up"],
      ["host", host],
    ]),
    new Series(at * 2 + 1, [
      ["__name__", "load"],
      ["host", host],
      ["zone", "z1"],
    ]),
  ]);
  for (const one of series) index.add(one);
  return { index, series };
}

test("selects what satisfies every matcher; a missing label is the empty value", () => {
  const { index } = filled();
  const ids = (selector: string): number[] =>
    index
      .select(parseSelector(selector))
      .map((one) => one.id)
      .sort();
  expect(ids("up")).toEqual([0, 2, 4]);
  expect(ids('up{host="b"}')).toEqual([2]);
  expect(ids('{host=~"a|c"}')).toEqual([0, 1, 4, 5]);
  expect(ids('{__name__=~"u.*",host!="a"}')).toEqual([2, 4]);
  expect(ids('{host="a",zone=""}')).toEqual([0]);
  expect(ids('{host="a",zone!=""}')).toEqual([1]);
  expect(ids('{host="a",zone!~"z.+"}')).toEqual([0]);
  expect(ids('{host=~".+",constructor=""}')).toEqual([0, 1, 2, 3, 4, 5]);
  expect(ids('{nope="x"}')).toEqual([]);
});

test("a deleted series leaves no trace", () => {
  const { index, series } = filled();
  index.deleteAll(new Set(series.filter((one) => one.labels.zone !== undefined)));
  expect(index.size).toBe(3);
  expect(index.labelNames()).toEqual(["__name__", "host"]);
  expect(index.select(parseSelector("load"))).toEqual([]);
  expect(index.valueCounts("__name__")).toEqual(new Map([["up", 3]]));
});
