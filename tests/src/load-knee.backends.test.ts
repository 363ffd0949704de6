import { readFile } from "node:fs/promises";
import { type Shop, shopLoadScript, startShop } from "@venturi/shop";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { type RunningUp, startUp } from "./support/up.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();
let folder = "";
let up: RunningUp;
let shop: Shop;

beforeAll(async () => {
  folder = await temporaryFolder();
  up = await startUp(folder);
  shop = await startShop({ otlpEndpoint: up.otlpUrl });
  await shop.setFault("db-pool");
}, 120_000);

afterAll(async () => {
  await shop?.stop();
  await up?.child.stop();
});

const knee = (url: string, ...args: string[]) => {
  const backends = ["--prometheus", up.apiUrl, "--jaeger", up.apiUrl, "--out", folder];
  const child = venturi(["load", "knee", shopLoadScript, ...backends, ...args, "--", "-e", `BASE_URL=${url}`]);
  defer(() => child.stop());
  return child;
};

test("the capacity of the shop with a small pool is found, and the pool is named", { timeout: 240_000 }, async () => {
  const child = knee(shop.gatewayUrl, "--start-rate", "8", "--step-seconds", "5");
  expect(await child.exited).toBe(0);
  const path = /Report: (.*)\.html/.exec(child.output())?.[1];
  const report = JSON.parse(await readFile(`${path}.json`, "utf8"));
  expect(report.saturated).toBe("connection pool of orders (2 connections)");
  expect(report.resources[0]).toMatchObject({ service: "orders", kind: "connection-pool", servers: 2 });
  expect(report.verdict).toMatch(/^It takes \d+ req\/s.*; the connection pool of orders \(2 connections\) fills first/);
  const [kept, over] = report.capacityRange;
  expect(kept).toBeLessThan(over);
  // An order takes two connections for most of its 0.1 s and more: thousands would be a fault of ours.
  expect(report.capacity).toBeGreaterThan(15);
  expect(report.capacity).toBeLessThan(120);
  expect(await readFile(`${path}.html`, "utf8")).toContain("fills first");
});

test("a limit that is not reached is said to be", { timeout: 120_000 }, async () => {
  const child = knee(shop.gatewayUrl, "--start-rate", "2", "--max-rate", "4");
  expect(await child.exited).toBe(0);
  expect(child.output()).toMatch(/It took [\d.]+ req\/s and its limit was not\s+reached\./);
});

test("a system that is down is one line", { timeout: 60_000 }, async () => {
  const down = knee("http://127.0.0.1:1");
  expect(await down.exited).toBe(1);
  expect(down.output()).toMatch(/error: 100 % of the requests fail at 5 iterations\/s already: is the system up/);
});
