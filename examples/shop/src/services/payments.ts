/** Charges cards: some signing, and a short wait for the card network. */
import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import express from "express";
import { EvenShare } from "../even-share.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { HttpError } from "../http/http-error.js";
import { maxId, wholeNumber } from "../http/parse.js";
import { serve } from "../http/service.js";

const cardNetworkMs = 8;
const faults = new FaultSwitches("payments");
let charges = 0;
let failed = 0;
const failures = new EvenShare();

await serve({
  name: "payments",
  faults,
  health: () => ({ charges, failed }),
  routes: (app) => {
    app.post("/charges", express.json({ limit: "4kb" }), async (request, response) => {
      const amountCents = wholeNumber(request.body?.amountCents, "amountCents", 1, maxId);
      charges++;
      if (failures.next(faults.intensity("errors") ?? 0)) {
        failed++;
        throw new HttpError("card network refused the connection", 500);
      }
      await delay(cardNetworkMs);
      const id = randomUUID();
      const signature = createHmac("sha256", "shop").update(`${id}:${amountCents}`).digest("hex");
      response.status(201).json({ id, amountCents, signature });
    });
  },
});
