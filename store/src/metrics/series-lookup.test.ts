import { expect, test } from "vitest";
import { LabelBytesCache } from "./label-bytes-cache.js";
import { type LabelPairs, Series } from "./series.js";
import { decodeSnapshot, encodeSnapshot } from "./series-snapshot.js";
import { SeriesTable } from "./series-table.js";

function labelsOf(number: number): LabelPairs {
  return [
    ["__name__", `metric_${number % 10}`],
    ["host", `h${Math.floor(number / 10)}`],
  ];
}

test("the table finds every series by its labels, and only by all of them", () => {
  const table = new SeriesTable();
  const series = Array.from({ length: 5000 }, (_, number) => new Series(number, labelsOf(number)));
  for (const one of series) table.add(one);
  for (const one of series) expect(table.find(labelsOf(one.id))).toBe(one);
  expect(table.find([["__name__", "metric_1"]])).toBeUndefined();
  expect(table.find([...labelsOf(1), ["zone", "a"]])).toBeUndefined();
  expect(table.find([["__proto__", "x"]])).toBeUndefined();

  for (const one of series) one.isRemoved = one.id % 2 === 0;
  table.forgetRemoved();
  for (const one of series) expect(table.find(labelsOf(one.id))).toBe(one.isRemoved ? undefined : one);
});

test("the cache finds a series by bytes wherever they lie, and forgets removed ones", () => {
  const cache = new LabelBytesCache();
  const bytes = (number: number): Uint8Array => Buffer.from(`label bytes ${number}`.padEnd(20 + (number % 7), "."));
  const series = Array.from({ length: 20_000 }, (_, number) => new Series(number, labelsOf(number)));
  for (const one of series) cache.remember(bytes(one.id), 0, bytes(one.id).length, one);
  const found = (number: number): Series | undefined => {
    const framed = Buffer.concat([Buffer.from("abc"), bytes(number), Buffer.from("z")]);
    return cache.find(framed, 3, framed.length - 1);
  };
  for (const one of series) expect(found(one.id)).toBe(one);
  expect(found(20_000)).toBeUndefined();

  const removed = series[7] as Series;
  removed.isRemoved = true;
  expect(found(7)).toBeUndefined();
  const successor = new Series(30_000, labelsOf(7));
  cache.remember(bytes(7), 0, bytes(7).length, successor);
  expect(found(7)).toBe(successor);
});

test("a snapshot keeps labels of every kind and the times of chunks", () => {
  const series = Array.from({ length: 300 }, (_, number) => new Series(number * 3, labelsOf(number)));
  series.push(new Series(900, { __name__: "ü", ["__proto__"]: "x", empty: "" }));
  for (const one of series) {
    if (one.id % 2 === 0) continue;
    one.minMs = one.id * 10 - 50;
    one.maxMs = one.chunkMaxMs = one.id * 1e10;
  }
  const young = new Series(901, labelsOf(901));
  const { maxId, series: read } = decodeSnapshot(encodeSnapshot([...series, young], 900));
  expect(maxId).toBe(900);
  expect(read.map(({ id, labels }) => [id, labels])).toEqual(series.map(({ id, labels }) => [id, labels]));
  expect(read.map((one) => [one.minMs, one.maxMs, one.chunkMaxMs])).toEqual(
    series.map((one) => [one.minMs, one.maxMs, one.chunkMaxMs]),
  );
});
