import { expect, test } from "vitest";
import { Balancer, type Strategy } from "./balancer.js";

const urls = ["http://one", "http://two", "http://three"];

function totals(balancer: Balancer): number[] {
  return balancer.targets.map(({ total }) => total);
}

function send(strategy: Strategy, addresses: readonly string[], skew: number | null = null): Balancer {
  const balancer = new Balancer(urls, strategy);
  balancer.skew = skew;
  for (const address of addresses) balancer.release(balancer.acquire(address));
  return balancer;
}

const oneClient = Array.from({ length: 30 }, () => "10.0.0.1");
const manyClients = Array.from({ length: 300 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);

test("round-robin gives every instance the same", () => {
  expect(totals(send("round-robin", oneClient))).toEqual([10, 10, 10]);
});

test("ip-hash keeps a client on its instance, and spreads clients", () => {
  expect(totals(send("ip-hash", oneClient)).toSorted((a, b) => a - b)).toEqual([0, 0, 30]);
  for (const total of totals(send("ip-hash", manyClients))) expect(total).toBeGreaterThan(60);
});

test("ip-hash moves only the clients of an instance that is down", () => {
  const balancer = new Balancer(urls, "ip-hash");
  const before = manyClients.map((address) => balancer.acquire(address));
  balancer.markDown(balancer.targets[1]!);
  const after = manyClients.map((address) => balancer.acquire(address));
  before.forEach((target, index) => {
    if (target !== balancer.targets[1]) expect(after[index]).toBe(target);
    else expect(after[index]).not.toBe(target);
  });
});

test("least-connections avoids the busy", () => {
  const balancer = new Balancer(urls, "least-connections");
  const held = [balancer.acquire(""), balancer.acquire(""), balancer.acquire("")];
  expect(new Set(held).size).toBe(3);
  balancer.release(held[1]!);
  expect(balancer.acquire("")).toBe(held[1]);
});

test("least-connections takes turns between the idle", () => {
  expect(totals(send("least-connections", oneClient))).toEqual([10, 10, 10]);
});

test("skew overrules the strategy", () => {
  expect(totals(send("round-robin", manyClients.slice(0, 40), 0.75))).toEqual([30, 5, 5]);
});

test("an instance that was tried is left out; with all tried, any will do", () => {
  const balancer = new Balancer(urls, "round-robin");
  const tried = new Set([balancer.acquire(""), balancer.acquire("")]);
  expect(tried).not.toContain(balancer.acquire("", tried));
  expect(balancer.targets).toContain(balancer.acquire("", new Set(balancer.targets)));
});

test("no instances is an error", () => {
  expect(() => new Balancer([], "round-robin")).toThrow(/set CATALOG_URLS/);
});
