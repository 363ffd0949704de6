import { Writer } from "@venturi/otlp";
import { seededRandom } from "./random.js";

/**
 * Traces of a small shop as instrumented services send them: a gateway calls services, those call a database and a
 * cache. Every span carries what the HTTP and database semantic conventions ask for (7 to 10 attributes), and one in four
 * values is unique (paths with ids, client ports), so that compression has the work that it has in the field.
 */
export class SpanGenerator {
  readonly #random: () => number;
  readonly #writer = new Writer(1 << 20);
  readonly #traceId = new Uint8Array(16);
  readonly #resources: Uint8Array[];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#resources = services.map((service, index) => resourceBytes(service, index));
  }

  /** One export request as a service's batch processor sends it: `spanCount` spans of one service, times near `startMs`. */
  request(serviceIndex: number, spanCount: number, startMs: number, windowMs: number): Uint8Array {
    const writer = this.#writer;
    writer.reset();
    const resourceSpans = writer.open(1);
    writer.bytesField(1, this.#resources[serviceIndex % services.length] as Uint8Array);
    const scopeSpans = writer.open(2);
    const scope = writer.open(1);
    writer.stringField(1, "@opentelemetry/instrumentation-http");
    writer.stringField(2, "0.57.1");
    writer.close(scope);
    const spanId = new Uint8Array(8);
    let parentId: Uint8Array | undefined;
    for (let index = 0; index < spanCount; index++) {
      // Four spans of one trace: the server's, and what it calls.
      const position = index % 4;
      if (position === 0) this.#fill(this.#traceId);
      this.#fill(spanId);
      const startNs = BigInt(Math.floor((startMs + (index / spanCount) * windowMs) * 1000)) * 1000n;
      this.#span(position, spanId, parentId, startNs, serviceIndex);
      if (position === 0) parentId = spanId.slice();
    }
    writer.close(scopeSpans);
    writer.close(resourceSpans);
    return writer.finish();
  }

  #span(position: number, id: Uint8Array, parent: Uint8Array | undefined, startNs: bigint, service: number): void {
    const writer = this.#writer;
    const random = this.#random;
    const route = routes[Math.floor(random() * routes.length)] as Route;
    const isError = random() < 0.02;
    const span = writer.open(2);
    writer.bytesField(1, this.#traceId);
    writer.bytesField(2, id);
    if (position > 0 && parent !== undefined) writer.bytesField(4, parent);
    const isServer = position === 0;
    const query = queries[Math.floor(random() * queries.length)] as string;
    writer.stringField(
      5,
      isServer ? `${route.method} ${route.path}` : position === 3 ? "redis-GET" : `pg.query:SELECT shop`,
    );
    writer.uint32Field(6, isServer ? 2 : 3);
    writer.fixed64Field(7, startNs + BigInt(position) * 350_000n);
    writer.fixed64Field(
      8,
      startNs + BigInt(position) * 350_000n + BigInt(Math.floor(200_000 + random() ** 3 * 40_000_000)),
    );
    if (isServer) this.#serverAttributes(route, isError, service);
    else this.#databaseAttributes(position, query, service);
    const status = writer.open(15);
    if (isError) writer.uint32Field(3, 2);
    writer.close(status);
    writer.fixed32Field(16, 0x101);
    writer.close(span);
  }

  #serverAttributes(route: Route, isError: boolean, service: number): void {
    const random = this.#random;
    this.#text("http.request.method", route.method);
    this.#text("url.scheme", "http");
    this.#text(
      "url.path",
      route.path.replace(/:\w+/g, () => String(Math.floor(random() * 100_000))),
    );
    this.#text("http.route", route.path);
    this.#text("server.address", `${services[service % services.length]}.shop.svc`);
    this.#int("server.port", 8080);
    this.#text("client.address", `10.0.3.${Math.floor(random() * 20)}`);
    this.#int("client.port", 32_768 + Math.floor(random() * 28_000));
    this.#text("user_agent.original", userAgents[Math.floor(random() * userAgents.length)] as string);
    this.#int("http.response.status_code", isError ? 500 : 200);
  }

  #databaseAttributes(position: number, query: string, service: number): void {
    if (position === 3) {
      this.#text("db.system.name", "redis");
      this.#text("db.operation.name", "GET");
      this.#text("db.query.text", `GET cart:${Math.floor(this.#random() * 1_000_000)}`);
      this.#text("server.address", "redis.shop.svc");
      this.#int("server.port", 6379);
      return;
    }
    this.#text("db.system.name", "postgresql");
    this.#text("db.namespace", "shop");
    this.#text("db.operation.name", "SELECT");
    this.#text("db.query.text", query);
    this.#text("db.user", "shop");
    this.#text("server.address", `postgres-${service % 2}.shop.svc`);
    this.#int("server.port", 5432);
  }

  #text(key: string, value: string): void {
    const writer = this.#writer;
    const attribute = writer.open(9);
    writer.stringField(1, key);
    const any = writer.open(2);
    writer.stringField(1, value);
    writer.close(any);
    writer.close(attribute);
  }

  #int(key: string, value: number): void {
    const writer = this.#writer;
    const attribute = writer.open(9);
    writer.stringField(1, key);
    const any = writer.open(2);
    writer.int64Field(3, BigInt(value));
    writer.close(any);
    writer.close(attribute);
  }

  #fill(id: Uint8Array): void {
    for (let at = 0; at < id.length; at++) id[at] = Math.floor(this.#random() * 256);
  }
}

interface Route {
  readonly method: string;
  readonly path: string;
}

const services = ["gateway", "catalog", "cart", "checkout", "payment", "shipping"];

const routes: readonly Route[] = [
  { method: "GET", path: "/api/products" },
  { method: "GET", path: "/api/products/:productId" },
  { method: "GET", path: "/api/carts/:cartId" },
  { method: "POST", path: "/api/carts/:cartId/items" },
  { method: "POST", path: "/api/orders" },
  { method: "GET", path: "/api/orders/:orderId" },
];

const queries: readonly string[] = [
  "SELECT id, name, price_cents, stock FROM products WHERE category_id = $1 ORDER BY name LIMIT $2",
  "SELECT * FROM orders o JOIN order_items i ON i.order_id = o.id WHERE o.customer_id = $1",
  "SELECT id, quantity FROM cart_items WHERE cart_id = $1",
];

const userAgents: readonly string[] = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "k6/1.8.1 (https://k6.io/)",
];

function resourceBytes(service: string, index: number): Uint8Array {
  const writer = new Writer();
  const attributes: readonly (readonly [string, string])[] = [
    ["service.name", service],
    ["service.version", "2.4.1"],
    ["service.instance.id", `${service}-7c9f8d6b5-${index}x2vq`],
    ["host.name", `node-${index % 3}`],
    ["k8s.namespace.name", "shop"],
    ["telemetry.sdk.language", "nodejs"],
  ];
  for (const [key, value] of attributes) {
    const attribute = writer.open(1);
    writer.stringField(1, key);
    const any = writer.open(2);
    writer.stringField(1, value);
    writer.close(any);
    writer.close(attribute);
  }
  return writer.finish();
}
