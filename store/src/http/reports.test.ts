import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedStore, temporaryDirectory } from "../testing/test-store.js";

test("lists reports newest first and serves each as JSON and HTML", async () => {
  const reportsDir = await temporaryDirectory();
  const report = (startedAt: string, verdict: string): string => JSON.stringify({ startedAt, diagnosis: { verdict } });
  await writeFile(join(reportsDir, "older.json"), report("2026-01-01T00:00:00.000Z", "no bottleneck"));
  await writeFile(join(reportsDir, "newer.json"), report("2026-01-02T00:00:00.000Z", "orders: pool"));
  await writeFile(join(reportsDir, "newer.html"), "<h1>newer</h1>");
  await writeFile(join(reportsDir, "broken.json"), "{");
  const { get } = await servedStore({ reportsDir });
  expect((await get("/venturi/api/reports")).body).toEqual([
    { id: "newer", startedAt: "2026-01-02T00:00:00.000Z", verdict: "orders: pool" },
    { id: "older", startedAt: "2026-01-01T00:00:00.000Z", verdict: "no bottleneck" },
  ]);
  expect((await get("/venturi/api/reports/latest")).body.diagnosis.verdict).toBe("orders: pool");
  expect((await get("/venturi/api/reports/newer.html")).body).toBe("<h1>newer</h1>");
  for (const path of ["older.html", "nope.json", "..%2Fx.json", "%2e%2e/x.json", ".x.json", "x"]) {
    expect(`${path} ${(await get(`/venturi/api/reports/${path}`)).status}`).toBe(`${path} 404`);
  }
});

test("without a directory there are no reports", async () => {
  const { get } = await servedStore();
  expect((await get("/venturi/api/reports")).body).toEqual([]);
  expect((await get("/venturi/api/reports/latest")).status).toBe(404);
});
