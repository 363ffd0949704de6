import { describe, expect, test } from "vitest";
import type { Samples } from "../k6/measurements.js";
import { compareSamples } from "./compare-samples.js";
import { comparisonJunit, comparisonMarkdown, comparisonText } from "./render.js";

interface Shape {
  readonly seed: number;
  /** Of `GET /b`'s latency. */
  readonly factor?: number;
  readonly failing?: number;
  readonly names?: readonly string[];
  readonly requests?: number;
}

/** Forty seconds of two endpoints whose level differs a little from run to run and from second to second. */
function run({ seed, factor = 1, failing = 0, names = ["/a", "/b"], requests = 1600 }: Shape): Samples {
  let state = seed * 2_654_435_761;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const level = 1 + 0.02 * (random() - 0.5);
  const columns = {
    endpoint: [] as number[],
    endMs: [] as number[],
    durationMs: [] as number[],
    failed: [] as number[],
  };
  for (let at = 0; at < requests; at++) {
    const endpoint = at % names.length;
    const wander = 1 + 0.05 * Math.sin(at / 200 + seed);
    columns.endpoint.push(endpoint);
    columns.endMs.push(1_700_000_000_000 + at * 25);
    columns.durationMs.push(level * wander * (endpoint === 1 ? factor : 1) * (10 - 6 * Math.log(1 - random())));
    columns.failed.push(random() < failing ? 1 : 0);
  }
  return {
    endpoints: names.map((name) => ({ method: "GET", name })),
    endpoint: Float64Array.from(columns.endpoint),
    endMs: Float64Array.from(columns.endMs),
    durationMs: Float64Array.from(columns.durationMs),
    failed: Float64Array.from(columns.failed),
  };
}

const side = (label: string, seeds: readonly number[], shape: Omit<Shape, "seed"> = {}) => ({
  label,
  runs: seeds.map((seed) => run({ seed, ...shape })),
});

describe("comparison", () => {
  test("names the endpoint that became a tenth slower, and no other", () => {
    const comparison = compareSamples(
      side("main", [1, 2, 3, 4, 5, 6]),
      side("branch", [11, 12, 13, 14, 15, 16], { factor: 1.1 }),
    );
    const worse = comparison.rows.filter(({ verdict }) => verdict === "worse").map(({ endpoint }) => endpoint);
    expect(worse).toContain("GET /b");
    expect(worse).not.toContain("GET /a");
    expect(comparison.verdict).toMatch(/^The candidate is worse: p\d\d of GET \/b \+\d+ % \(\+/);
    expect(comparison).toMatchObject({ rounds: 6, method: "paired rounds, Student's t" });
  });

  test("equal builds give a false alarm in less than one of twenty comparisons", () => {
    let alarms = 0;
    for (let at = 0; at < 20; at++) {
      const seeds = [1, 2, 3, 4, 5].map((each) => each + at * 10);
      const others = seeds.map((each) => each + 1000);
      const { regressions, improvements } = compareSamples(
        side("a", seeds, { requests: 400 }),
        side("b", others, { requests: 400 }),
      );
      if (regressions + improvements > 0) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });

  test("one run of each is compared by its stretches of time, and says what that leaves out", () => {
    const comparison = compareSamples(side("a", [1]), side("b", [2], { factor: 1.3, failing: 0.05 }));
    expect(comparison.method).toBe("block bootstrap of two runs");
    expect(comparison.notes.join()).toContain("two runs of the same build differ too");
    expect(comparison.rows.find(({ metric }) => metric === "failures")).toMatchObject({
      baseline: 0,
      verdict: "worse",
    });
  });

  test("what only one side has, or too little of, is named", () => {
    const { notes } = compareSamples(
      side("a", [1], { names: ["/a", "/gone"] }),
      side("b", [2], { names: ["/a", "/new"] }),
    );
    expect(notes).toEqual(
      expect.arrayContaining(["GET /gone: only the baseline has it", "GET /new: only the candidate has it"]),
    );
    expect(() => compareSamples(side("a", [1], { requests: 30 }), side("b", [2], { requests: 30 }))).toThrow(
      "no endpoint in common with at least 40 requests",
    );
    expect(() => compareSamples(side("a", [1]), side("b", [2, 3]))).toThrow("cannot compare 1 run against 2");
  });
});

describe("what is written", () => {
  const nasty = '<b>"|`x`';
  const comparison = compareSamples(
    side(nasty, [1, 2, 3]),
    side("new", [4, 5, 6], { names: ["/a", nasty], factor: 3 }),
  );
  const slower = compareSamples(
    side(nasty, [1, 2, 3], { names: ["/a", nasty] }),
    side("new", [4, 5, 6], { names: ["/a", nasty], factor: 3 }),
  );

  test("a terminal gets a table and one sentence", () => {
    const lines = comparisonText(slower);
    expect(lines.at(-1)).toBe(slower.verdict);
    expect(lines.join("\n")).toMatch(/p95 all requests +\d+ ms +\d+ ms +\+\d+ % /);
    expect(comparisonText(comparison).join("\n")).toContain("only the baseline has it");
  });

  test("a pull request gets a table that no name breaks", () => {
    const lines = comparisonMarkdown(slower).split("\n");
    const rows = lines.filter((line) => line.startsWith("| "));
    expect(rows.length).toBe(slower.rows.length + 1);
    for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(8);
    expect(lines.join().replace(/(?<!\\)`[^`]*`/g, "")).not.toMatch(/(?<!\\)<b/);
  });

  test("a CI system gets a failed test for each regression", () => {
    const text = comparisonJunit(slower);
    expect(text).toContain(`failures="${slower.regressions}"`);
    expect(text.match(/<failure /g)).toHaveLength(slower.regressions);
    expect(text).toContain('classname="GET &lt;b&gt;&quot;|`x`"');
  });
});
