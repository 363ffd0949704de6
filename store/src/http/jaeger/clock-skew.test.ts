import { expect, test } from "vitest";
import { correctClockSkew, type SkewedSpan } from "./clock-skew.js";

const ms = 1_000_000n;

interface TestSpan extends SkewedSpan {
  startNs: bigint;
  readonly warnings: string[];
}

function span(id: string, parentId: string, host: string, startMs: number, durationMs: number): TestSpan {
  const one: TestSpan = {
    id,
    parentId,
    host,
    startNs: BigInt(startMs) * ms,
    durationNs: BigInt(durationMs) * ms,
    warnings: [],
    warn: (text) => one.warnings.push(text),
    shift: (deltaNs) => {
      one.startNs += deltaNs;
    },
  };
  return one;
}

const missing = (id: string): string => `missing ${id}`;

test("a child of another host is moved into its parent, and its own host's spans with it", () => {
  const root = span("1", "", "a", 100, 50);
  const child = span("2", "1", "b", 10, 30);
  const below = span("3", "2", "b", 15, 10);
  const same = span("4", "1", "a", 90, 5);
  correctClockSkew([below, child, same, root], 1000n * ms, missing);
  expect([child.startNs, below.startNs, same.startNs]).toEqual([110n * ms, 115n * ms, 90n * ms]);
  expect(child.warnings).toEqual(["This span's timestamps were adjusted by 100ms"]);
  expect(same.warnings).toEqual([]);
});

test("corrections that are too large, or not wanted, are only told", () => {
  const spans = (): TestSpan[] => [span("1", "", "a", 100, 50), span("2", "1", "b", 0, 200)];
  const far = spans();
  correctClockSkew(far, 50n * ms, missing);
  expect(far[1]?.warnings).toEqual([
    "max clock skew adjustment delta of 50ms exceeded; not applying calculated delta of 100ms",
  ]);
  const off = spans();
  correctClockSkew(off, 0n, missing);
  expect(off[1]?.warnings).toEqual(["clock skew adjustment disabled; not applying calculated delta of 100ms"]);
  expect(off[1]?.startNs).toBe(0n);
});

test("missing parents, repeated ids and loops", () => {
  const spans = [
    span("1", "9", "a", 0, 1),
    span("1", "9", "a", 0, 1),
    span("2", "3", "", 0, 1),
    span("3", "2", "", 5, 1),
  ];
  correctClockSkew(spans, 0n, missing);
  expect(spans.map((one) => one.warnings)).toEqual([
    ["missing 9"],
    ["duplicate span IDs; skipping clock skew adjustment"],
    [],
    [],
  ]);
});

test("a chain of 100,000 spans", () => {
  const spans = Array.from({ length: 100_000 }, (_, i) => span(String(i), i === 0 ? "" : String(i - 1), "", i, 100));
  correctClockSkew(spans, 1_000_000n * ms, missing);
  // Each ends a millisecond after its parent, so that each is moved back by one more.
  expect(spans.at(-1)?.startNs).toBe(0n);
});
