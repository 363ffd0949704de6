import { expect, test } from "vitest";
import { diagnose } from "../../diagnose.js";
import { heaps } from "../../facts/heaps.js";
import { simulateShop } from "../../testing/shop.js";

const mebibyte = 2 ** 20;

/** A heap that fills by 40 MiB between collections, over a floor that grows from `from` to `to`. */
function sawtooth(startMs: number, from: number, to: number) {
  return Array.from({ length: 20 }, (_, at) => {
    const floor = from + ((to - from) * at) / 19;
    return [startMs + at * 2000, (floor + (at % 4) * 10) * mebibyte] as const;
  });
}

function diagnosed(from: number, to: number, gcPerSecond = 0.01) {
  const input = simulateShop();
  const labels = { job: "shop/gateway", instance: "gateway-1" };
  const { startMs } = input.window;
  const gc = sawtooth(startMs, 0, 0).map(([timeMs], at) => [timeMs, at * 2 * gcPerSecond] as const);
  const series = {
    ...input.series,
    "heap-used": [{ labels, points: sawtooth(startMs, from, to) }],
    "gc-seconds": [{ labels, points: gc }],
  };
  return diagnose({ ...input, series });
}

test("a heap whose floor rises is named, though no request is slow yet", () => {
  const { findings, verdict } = diagnosed(40, 250);
  expect(findings[0]).toMatchObject({
    kind: "garbage-collection",
    resource: { service: "gateway", type: "heap" },
    confidence: "high",
  });
  expect(verdict).toMatch(
    /^gateway's heap keeps growing \(from \d+ MiB to \d+ MiB in \d+ s\); latency has no bottleneck/,
  );
});

test("a heap that only breathes, or grows as caches do, is not", () => {
  expect(diagnosed(120, 120).findings).toEqual([]);
  expect(diagnosed(40, 80).findings).toEqual([]);
  expect(diagnosed(400, 480).findings).toEqual([]);
});

test("a collector that works a good part of the time is named without any growth", () => {
  expect(diagnosed(120, 120, 0.2).findings[0]?.title).toBe("gateway's garbage collector takes 20 % of the time");
});

test("a few samples have no thirds", () => {
  expect(heaps({ "heap-used": [{ labels: { job: "a" }, points: [[0, 1]] }] })).toEqual([]);
});
