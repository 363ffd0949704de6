import { describe, expect, test } from "vitest";
import { decodeChunk, encodeChunk } from "./chunk-codec.js";

/** mulberry32: the same numbers on every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function roundTrip(times: number[], values: number[]): number {
  const samples = { times: Float64Array.from(times), values: Float64Array.from(values) };
  const bytes = encodeChunk(samples);
  const decoded = decodeChunk(bytes);
  expect(decoded.times).toEqual(samples.times);
  expect(new BigUint64Array(decoded.values.buffer)).toEqual(new BigUint64Array(samples.values.buffer));
  return bytes.length;
}

describe("chunk codec", () => {
  test("keeps times and every value's bits", () => {
    roundTrip([0], [0]);
    roundTrip([-5, 0, 1], [-0, 0, Number.NaN]);
    roundTrip([-1e15, 2, 1e15], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE]);
    const random = randomOf(7);
    for (let round = 0; round < 200; round++) {
      const times: number[] = [];
      const values: number[] = [];
      let time = Math.floor(random() * 2e12);
      const count = 1 + Math.floor(random() * 300);
      for (let index = 0; index < count; index++) {
        time += 1 + Math.floor(random() * (random() < 0.1 ? 1e9 : 20_000));
        times.push(time);
        values.push(random() < 0.5 ? Math.floor(random() * 1e6) : (random() - 0.5) * 10 ** Math.floor(random() * 300));
      }
      roundTrip(times, values);
    }
  });

  test("keeps the stale marker, which is a NaN with a payload", () => {
    const values = new Float64Array(3);
    const halves = new Uint32Array(values.buffer);
    halves[2] = 2;
    halves[3] = 0x7ff00000;
    const decoded = decodeChunk(encodeChunk({ times: Float64Array.of(1, 2, 3), values }));
    expect(new Uint32Array(decoded.values.buffer)).toEqual(halves);
  });

  test("regular scrapes of a counter take few bytes", () => {
    const times = Array.from({ length: 240 }, (_, index) => 1_700_000_000_000 + index * 15_000);
    const values = times.map((_, index) => index * 3);
    expect(roundTrip(times, values) / 240).toBeLessThan(0.3);
  });

  test("decimals, jitter and idle series stay below the goal of 1.5 bytes a sample", () => {
    const random = randomOf(3);
    let time = 1_700_000_000_000;
    const times = Array.from({ length: 480 }, () => (time += 15_000 + Math.floor(random() * 7) - 3));
    let seconds = 0;
    const cpuSeconds = times.map(() => Math.round((seconds += random() * 0.4) * 100) / 100);
    let requests = 0;
    const counter = times.map(() => (requests += Math.floor(random() * 20)));
    const idle = times.map(() => 17);
    expect(roundTrip(times, cpuSeconds) / 480).toBeLessThan(1.5);
    expect(roundTrip(times, counter) / 480).toBeLessThan(1.5);
    expect(roundTrip(times, idle) / 480).toBeLessThan(0.7);
  });

  test("whole numbers with gaps in them: NaN, infinities, negative zero", () => {
    const values = Array.from({ length: 100 }, (_, index) => index * 0.5);
    values[3] = Number.NaN;
    values[4] = -0;
    values[50] = Number.POSITIVE_INFINITY;
    roundTrip(
      values.map((_, index) => index),
      values,
    );
    roundTrip([1, 2], [Number.NaN, 3]);
    roundTrip([1, 2, 3], [2 ** 53, 2 ** 50, -(2 ** 50)]);
    roundTrip([1, 2, 3, 4], [-(2 ** 49), 2 ** 49, -(2 ** 49), 2 ** 49 - 1]);
    roundTrip([1, 2, 3], [0.1, 1e14, 1e-6]);
  });

  test("refuses a version it does not know", () => {
    expect(() => decodeChunk(Uint8Array.of(9, 1))).toThrow("cannot read chunk: unknown version 9");
  });
});
