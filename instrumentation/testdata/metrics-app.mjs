import { createServer } from "node:http";
import prom from "prom-client";

prom.collectDefaultMetrics();
const orders = new prom.Counter({ name: "shop_orders_total", help: "Orders.", labelNames: ["tenant"] });
orders.inc({ tenant: "acme" }, 3);
// A name of ours, which the SDK wins.
new prom.Gauge({ name: "process_uptime_seconds", help: "Theirs." }).set(-1);
const server = createServer((_request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
