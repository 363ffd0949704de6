import { join } from "node:path";
import { expect, test } from "vitest";
import { startChild } from "../support/child.js";
import { cleanup } from "../support/cleanup.js";
import { root } from "../support/venturi.js";
import { TARGETS } from "./targets.js";

const { defer, temporaryFolder } = cleanup();

/** The targets in few processes side by side: most of a short run is start-up. */
const PARTS: readonly (readonly [targets: string, inputs: number])[] = [
  ["traces,metrics,logs", 3000],
  ["json,zipkin,bodies,scrape,head", 8000],
  ["http,collector", 400],
];

test("the parts are all targets", () => {
  const names = PARTS.flatMap(([targets]) => targets.split(","));
  expect(names.toSorted()).toEqual(TARGETS.map(({ name }) => name).toSorted());
});

test.each(PARTS)("%s: %i mutated inputs break no promise", async (targets, inputs) => {
  const out = await temporaryFolder();
  const main = join(root, "tests/dist/fuzz/main.js");
  const child = startChild(process.execPath, [main, "--inputs", `${inputs}`, "--target", targets, "--out", out]);
  defer(() => child.stop("SIGKILL"));
  const code = await child.exited;
  expect(child.output()).toMatch(/\d+ inputs of seed 1, 0 failures\n$/);
  expect(code).toBe(0);
  for (const counts of child.output().matchAll(/(\d+) accepted, (\d+) refused/g)) {
    expect(Number(counts[1])).toBeGreaterThan(0);
    expect(Number(counts[2])).toBeGreaterThan(0);
  }
});
