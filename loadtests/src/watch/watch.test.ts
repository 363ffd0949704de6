import { afterEach, expect, test } from "vitest";
import { LoadTestError } from "../load-test-error.js";
import { type System, startSystem } from "../testing/system.js";
import { compareWindows } from "./compare-windows.js";
import { look } from "./look.js";

let system: System | undefined;

afterEach(async () => {
  await system?.stop();
  system = undefined;
});

/** `users` who each ask again as soon as they were answered. */
async function traffic(url: string, users: number, requests: number): Promise<{ startMs: number; endMs: number }> {
  const startMs = Date.now();
  const user = async (): Promise<void> => {
    for (let at = 0; at < requests / users; at++) await (await fetch(`${url}/desk/${at}`)).text();
  };
  await Promise.all(Array.from({ length: users }, user));
  return { startMs, endMs: Date.now() + 1 };
}

const backends = (url: string) => ({ prometheusUrl: url, jaegerUrl: url });

test("a running system is diagnosed from its own traffic", async () => {
  system = await startSystem({ poolSize: 1, holdMs: 20 });
  const window = await traffic(system.url, 8, 120);
  const { rootService, diagnosis, traces } = await look(backends(system.url), window);
  expect(rootService).toBe("desk");
  expect(traces.length).toBe(120);
  expect(diagnosis.findings[0]).toMatchObject({ kind: "pool-wait", resource: { service: "desk" } });
});

test("a moment's before and after are compared", async () => {
  system = await startSystem({ poolSize: 1, holdMs: 10 });
  const before = await traffic(system.url, 1, 80);
  const after = await traffic(system.url, 6, 120);
  const { comparison } = await compareWindows(backends(system.url), before, after);
  expect(comparison.rows.map(({ metric }) => metric)).toEqual(expect.arrayContaining(["p50", "p95"]));
  expect(comparison.baseline).toMatch(/^\d\d:\d\d:\d\d to /);
});

test("a quiet system is told so, with its time", async () => {
  system = await startSystem();
  const error = await look(backends(system.url), { startMs: 0, endMs: 1000 }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LoadTestError);
  expect(String(error)).toContain("no traces from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z at ");
});
