/** The shop's front door: balances over the catalog instances and passes orders on. */
import express from "express";
import { Balancer, isStrategy, strategies } from "../gateway/balancer.js";
import { closeForwarding, forward, forwardBalanced } from "../gateway/forward.js";
import { AuditLeak } from "../gateway/leak.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { HttpError } from "../http/http-error.js";
import { serve } from "../http/service.js";

const urls = (process.env.CATALOG_URLS ?? "").split(",").filter((url) => url !== "");
const ordersUrl = process.env.ORDERS_URL ?? "http://127.0.0.1:8080";
const strategy = process.env.BALANCING ?? "round-robin";
if (!isStrategy(strategy)) throw new Error(`unknown BALANCING "${strategy}": one of ${strategies.join(", ")}`);

const balancer = new Balancer(urls, strategy);
const leak = new AuditLeak();
const faults = new FaultSwitches("gateway", {
  "lb-skew": (enabled, share) => {
    balancer.skew = enabled ? share : null;
  },
  "memory-leak": (enabled) => {
    if (!enabled) leak.clear();
  },
});

function describeBalancing(): Record<string, unknown> {
  return {
    strategy: balancer.strategy,
    instances: balancer.targets.map(({ url, active, total }) => ({ url, active, total })),
  };
}

await serve({
  name: "gateway",
  faults,
  health: () => ({ retainedObjects: leak.size, heapUsedBytes: process.memoryUsage().heapUsed }),
  close: closeForwarding,
  routes: (app) => {
    app.get("/balancing", (_request, response) => {
      response.json(describeBalancing());
    });
    app.post("/balancing", express.json({ limit: "4kb" }), (request, response) => {
      const wanted: unknown = request.body?.strategy;
      if (!isStrategy(wanted)) throw new HttpError(`unknown strategy: one of ${strategies.join(", ")}`);
      balancer.strategy = wanted;
      response.json(describeBalancing());
    });

    app.use((request, _response, next) => {
      const retained = faults.intensity("memory-leak");
      if (retained !== null) leak.retain(request.path, retained);
      next();
    });
    for (const route of ["/products", "/products/:id", "/search"]) {
      app.get(route, (request, response) => forwardBalanced(balancer, request, response));
    }
    app.post("/orders", (request, response) => forward(ordersUrl, request, response));
    app.get("/orders/:id", (request, response) => forward(ordersUrl, request, response));
  },
});
