/** Orders: placed in a transaction after a call to payments, read with their items. */
import { setTimeout as delay } from "node:timers/promises";
import express from "express";
import { type Database, onClient, onPool } from "../database/connection.js";
import { createPool, describePool, poolSize, resizePool } from "../database/pool.js";
import { prepareDatabase } from "../database/schema.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { HttpError } from "../http/http-error.js";
import { maxId, wholeNumber } from "../http/parse.js";
import { serve } from "../http/service.js";
import { deriveKeysAside, deriveKeysFor } from "../orders/burn.js";
import { parseNewOrder } from "../orders/new-order.js";
import { placeOrder, readOrder } from "../orders/orders.js";
import { PaymentsClient } from "../orders/payments-client.js";
import { openQueue, sendFulfilment } from "../queue.js";

const faultyPoolSize = 2;

const pool = createPool("shop-orders");
const faults = new FaultSwitches("orders", {
  "db-pool": (enabled, _heldMs, fixed) => resizePool(pool, enabled && !fixed ? faultyPoolSize : poolSize),
});
await prepareDatabase(pool);
const queue = await openQueue(pool, "producer");
const payments = new PaymentsClient(process.env.PAYMENTS_URL ?? "http://127.0.0.1:8080");

/** In health a connection is borrowed per query; with the fault db-pool the whole request, and more, holds one. */
async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const heldMs = faults.intensity("db-pool");
  if (heldMs === null) return work(onPool(pool));
  const client = await pool.connect();
  try {
    const result = await work(onClient(client));
    await delay(heldMs);
    return result;
  } finally {
    client.release();
  }
}

await serve({
  name: "orders",
  faults,
  health: () => ({ pool: describePool(pool) }),
  close: async () => {
    await queue.close();
    await payments.close();
    await pool.end();
  },
  routes: (app) => {
    app.use("/orders", async (_request, _response, next) => {
      const workMs = faults.intensity("cpu-block");
      if (workMs !== null && faults.isFixed("cpu-block")) await deriveKeysAside(workMs);
      else if (workMs !== null) deriveKeysFor(workMs);
      next();
    });

    app.post("/orders", express.json({ limit: "16kb" }), async (request, response) => {
      const order = parseNewOrder(request.body);
      const placed = await withDatabase((database) =>
        placeOrder(database, order, {
          charge: (amountCents) => payments.charge(amountCents),
          enqueue: (orderId, client) => sendFulfilment(queue, orderId, client),
          enqueueInTransaction: queue.joinsTransaction,
          lockHeldMs: faults.intensity("lock-contention"),
        }),
      );
      response.status(201).json(placed);
    });

    app.get("/orders/:id", async (request, response) => {
      const id = wholeNumber(request.params.id, "id", 1, maxId);
      const order = await withDatabase((database) => readOrder(database, id));
      if (order === null) throw new HttpError(`no order ${id}`, 404);
      response.json(order);
    });
  },
});
