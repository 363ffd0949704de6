/**
 * The network between orders and payments: a TCP proxy on HOP_PORT in front of UPSTREAM_URL. It runs in a process of
 * its own and is not instrumented, as a network is not; its HTTP port only switches the delay.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { FaultSwitches } from "../http/fault-switches.js";
import { serve } from "../http/service.js";
import { createHop } from "../network/hop.js";

const upstream = new URL(process.env.UPSTREAM_URL ?? "http://127.0.0.1:8080");
const faults = new FaultSwitches("network");
const hop = createHop({
  upstreamHost: upstream.hostname,
  upstreamPort: Number(upstream.port || 80),
  oneWayDelayMs: () => (faults.intensity("slow-network") ?? 0) / 2,
});
hop.server.listen(Number(process.env.HOP_PORT ?? 0), process.env.HOST ?? "127.0.0.1");
await once(hop.server, "listening");
const { port: hopPort } = hop.server.address() as AddressInfo;

await serve({
  name: "network",
  faults,
  announce: { hopPort },
  health: () => ({ passedBytes: hop.passedBytes() }),
  close: async () => {
    hop.destroyAll();
    hop.server.close();
  },
});
