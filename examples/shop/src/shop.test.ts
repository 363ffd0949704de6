import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { searchQuery } from "./catalog/products.js";
import { type FaultName, faults } from "./faults.js";
import { type Shop, startShop } from "./shop.js";
import { build, isRunning, until } from "./testing/processes.js";

// The start of eight processes, with all cores busy, takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

let shop: Shop;
let database: pg.Client;

beforeAll(async () => {
  await build();
  shop = await startShop({ otlpEndpoint: "http://127.0.0.1:4318", instrument: false });
  database = new pg.Client({ connectionString: shop.databaseUrl, options: "-c search_path=shop" });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await shop?.stop();
});

const json = { "content-type": "application/json" };
const newOrder = JSON.stringify({ customerId: 7, items: [{ productId: 12, quantity: 2 }, { productId: 9 }] });

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
type Answer = { status: number; instance: string | null; body: any };

async function ask(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { status: response.status, instance: response.headers.get("x-instance"), body: await response.json() };
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  ask(shop.gatewayUrl + path, { headers });
const order = (): Promise<Answer> =>
  ask(`${shop.gatewayUrl}/orders`, { method: "POST", headers: json, body: newOrder });
const health = async (name: string): Promise<Answer["body"]> => (await ask(`${shop.services[name]}/healthz`)).body;
const times = <T>(count: number, run: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, run));

/** Switches at every instance of the service, with an intensity that suits the test. */
async function switchOn(fault: FaultName, intensity = faults[fault].intensity.default): Promise<void> {
  for (const [name, url] of Object.entries(shop.services)) {
    if (!name.startsWith(faults[fault].switchedAt)) continue;
    const body = JSON.stringify({ fault, enabled: true, intensity });
    expect((await ask(`${url}/faults`, { method: "POST", headers: json, body })).status).toBe(200);
  }
}

async function elapsedMs(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

describe("routes", () => {
  test("GET /products lists a page, of one category if asked", async () => {
    const all = await get("/products?page=1");
    expect(all.status).toBe(200);
    expect(all.body).toHaveLength(40);
    expect(all.body[0]).toEqual({
      id: 41,
      name: "Classic Walnut Lamp",
      priceCents: expect.any(Number),
      inStock: expect.any(Number),
    });
    const lamps = await get("/products?category=lamp");
    for (const product of lamps.body) expect(product.name).toMatch(/Lamp$/);
  });

  test("GET /products/:id shows a product with related ones", async () => {
    const { status, body } = await get("/products/12");
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 12, name: "Compact Steel Lamp", category: "lamp" });
    expect(body.related).toHaveLength(4);
    expect(await get("/products/999999")).toMatchObject({ status: 404, body: { error: "no product 999999" } });
    expect((await get("/products/abc")).status).toBe(400);
  });

  test("GET /search finds all the words, cheapest first", async () => {
    const { status, body } = await get("/search?q=oak+lamps");
    expect(status).toBe(200);
    expect(body.length).toBeGreaterThan(5);
    for (const product of body) expect(product.name).toMatch(/Oak Lamp$/);
    const prices = body.map((product: { priceCents: number }) => product.priceCents);
    expect(prices).toEqual(prices.toSorted((a: number, b: number) => a - b));
    expect((await get("/search")).status).toBe(400);
  });

  test("POST /orders charges, stores and enqueues; the worker fulfils", async () => {
    const { charges } = await health("payments");
    const placed = await order();
    expect(placed).toMatchObject({ status: 201, body: { status: "paid" } });
    expect((await health("payments")).charges).toBe(charges + 1);
    const stored = await until(
      () => get(`/orders/${placed.body.id}`),
      ({ body }) => body.status === "fulfilled",
    );
    expect(stored.body).toMatchObject({ customerId: 7, totalCents: placed.body.totalCents });
    expect(stored.body.items).toMatchObject([
      { productId: 9, quantity: 1 },
      { productId: 12, quantity: 2 },
    ]);
  });

  test("bad orders are refused", async () => {
    const send = (body: string): Promise<Answer> =>
      ask(`${shop.gatewayUrl}/orders`, { method: "POST", headers: json, body });
    expect(await send('{"customerId": 1, "items": [{"productId": 5000}]}')).toMatchObject({
      status: 400,
      body: { error: "no product 5000" },
    });
    expect((await send("{")).status).toBe(400);
    expect((await get("/orders/987654")).status).toBe(404);
    expect((await get("/nothing")).status).toBe(404);
  });

  test("the seed is what it says", async () => {
    const { rows } = await database.query(
      `SELECT (SELECT count(*)::int FROM products) AS products,
              (SELECT count(*)::int FROM order_items WHERE order_id <= 5000) AS items,
              (SELECT md5(string_agg(p::text, '' ORDER BY id)) FROM products AS p) AS digest`,
    );
    expect(rows[0]).toMatchObject({ products: 2000, items: 20000 });
    expect(rows[0].digest).toBe("6f0372be9783ea55252cdfdc20c2fb98");
  });

  test("every process says who it is", async () => {
    for (const [name, url] of Object.entries(shop.services)) {
      expect((await ask(`${url}/healthz`)).body).toMatchObject({ status: "ok", service: name.replace(/-\d$/, "") });
    }
    const { rows } = await database.query(
      "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE application_name LIKE 'shop-%' ORDER BY 1",
    );
    expect(rows.map(({ name }) => name)).toEqual(["shop-catalog-1", "shop-catalog-2", "shop-orders", "shop-worker"]);
  });
});

describe("balancing", () => {
  const balance = (strategy: string): Promise<Answer> =>
    ask(`${shop.gatewayUrl}/balancing`, { method: "POST", headers: json, body: JSON.stringify({ strategy }) });

  async function instances(count: number, address: (index: number) => string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let index = 0; index < count; index++) {
      const { instance } = await get("/products/1", { "x-forwarded-for": address(index) });
      counts[instance!] = (counts[instance!] ?? 0) + 1;
    }
    return counts;
  }

  afterAll(() => balance("round-robin"));

  test("round-robin", async () => {
    expect(await instances(10, () => "10.0.0.1")).toEqual({ "catalog-1": 5, "catalog-2": 5 });
  });

  test("least-connections", async () => {
    expect(await balance("least-connections")).toMatchObject({ status: 200, body: { strategy: "least-connections" } });
    expect(await instances(10, () => "10.0.0.1")).toEqual({ "catalog-1": 5, "catalog-2": 5 });
  });

  test("ip-hash", async () => {
    await balance("ip-hash");
    expect(Object.values(await instances(10, () => "10.0.0.1"))).toEqual([10]);
    expect(Object.keys(await instances(20, (index) => `10.0.0.${index}`))).toHaveLength(2);
  });

  test("an unknown strategy is refused with the list", async () => {
    expect(await balance("random")).toMatchObject({ status: 400, body: { error: expect.stringContaining("ip-hash") } });
  });
});

describe("faults", () => {
  afterEach(() => shop.setFault("none"));

  test("are refused where they don't belong", async () => {
    const send = (fault: string): Promise<Answer> =>
      ask(`${shop.services.orders}/faults`, {
        method: "POST",
        headers: json,
        body: JSON.stringify({ fault, enabled: true }),
      });
    expect(await send("nonsense")).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("lock-contention") },
    });
    expect(await send("errors")).toMatchObject({ status: 404, body: { error: expect.stringContaining("payments") } });
  });

  test("setFault switches one on and all others off", async () => {
    await shop.setFault("lb-skew");
    await shop.setFault("errors");
    const listed = (name: string): Promise<Answer> => ask(`${shop.services[name]}/faults`);
    expect((await listed("gateway")).body).toMatchObject([
      { fault: "memory-leak", enabled: false },
      { fault: "lb-skew", enabled: false },
    ]);
    expect((await listed("payments")).body).toMatchObject([{ fault: "errors", enabled: true, intensity: 0.3 }]);
  });

  test("db-pool: requests wait for one of two connections", async () => {
    expect((await health("orders")).pool).toMatchObject({ size: 10, waiting: 0 });
    await switchOn("db-pool", 500);
    const answers = times(5, () => get("/orders/1"));
    const { pool } = await until(
      () => health("orders"),
      (state) => state.pool.waiting > 0,
    );
    expect(pool).toMatchObject({ size: 2, total: 2, idle: 0 });
    expect((await answers).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await shop.setFault("none");
    expect((await health("orders")).pool).toMatchObject({ size: 10, waiting: 0 });
  });

  test("missing-index: the search reads the whole table", async () => {
    const plan = async (): Promise<string> => {
      const { rows } = await database.query(`EXPLAIN ${searchQuery.replace("$1", "'oak lamp'")}`);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    };
    expect(await plan()).toContain("products_search_idx");
    await switchOn("missing-index");
    expect(await plan()).toMatch(/Seq Scan on products/);
    expect((await get("/search?q=oak+lamp")).status).toBe(200);
    await shop.setFault("none");
    expect(await plan()).toContain("products_search_idx");
  });

  test("n-plus-one: a list of 40 takes 41 queries and gives the same answer", async () => {
    const list = async (): Promise<{ queries: number; body: unknown }> => {
      const before = (await health("catalog-1")).pool.checkouts;
      const { body } = await ask(`${shop.services["catalog-1"]}/products?page=3`);
      return { queries: (await health("catalog-1")).pool.checkouts - before, body };
    };
    const healthy = await list();
    expect(healthy.queries).toBe(1);
    await switchOn("n-plus-one");
    expect(await list()).toEqual({ queries: 41, body: healthy.body });
  });

  test("slow-network: bytes to and from payments are held back", async () => {
    await switchOn("slow-network", 300);
    expect(await elapsedMs(order)).toBeGreaterThanOrEqual(300);
    await shop.setFault("none");
    const { passedBytes } = await health("network");
    await order();
    expect((await health("network")).passedBytes).toBeGreaterThan(passedBytes);
  });

  test("cpu-block: the event loop of orders does one request at a time", async () => {
    await switchOn("cpu-block", 150);
    expect(await elapsedMs(() => times(3, () => get("/orders/1")))).toBeGreaterThanOrEqual(450);
  });

  test("cache-off: every product page comes from the database", async () => {
    const lookups = async (): Promise<{ hits: number; misses: number }> => {
      const before = (await health("catalog-1")).cache;
      for (let round = 0; round < 3; round++) await ask(`${shop.services["catalog-1"]}/products/77`);
      const after = (await health("catalog-1")).cache;
      return { hits: after.hits - before.hits, misses: after.misses - before.misses };
    };
    expect(await lookups()).toEqual({ hits: 2, misses: 1 });
    await switchOn("cache-off");
    expect(await lookups()).toEqual({ hits: 0, misses: 3 });
    await shop.setFault("none");
    expect(await lookups()).toEqual({ hits: 3, misses: 0 });
  });

  test("memory-leak: requests leave objects behind, until it is off", async () => {
    await switchOn("memory-leak", 1000);
    for (let round = 0; round < 5; round++) await get("/products/1");
    expect((await health("gateway")).retainedObjects).toBe(5000);
    await shop.setFault("none");
    expect((await health("gateway")).retainedObjects).toBe(0);
  });

  test("queue-backlog: jobs wait while one is worked on, and are caught up with afterwards", async () => {
    const queue = async (): Promise<{ waiting: number; processed: number }> =>
      (await ask(`${shop.services.worker}/queue`)).body;
    await until(queue, ({ waiting }) => waiting === 0);
    await switchOn("queue-backlog", 1000);
    const { processed } = await queue();
    await times(5, order);
    const behind = await until(queue, (state) => state.processed > processed);
    expect(behind.waiting).toBeGreaterThanOrEqual(3);
    await shop.setFault("none");
    const caughtUp = await until(queue, (state) => state.processed >= processed + 5);
    expect(caughtUp.waiting).toBe(0);
  });

  test("lb-skew: the first instance gets 19 of 20", async () => {
    const totals = async (): Promise<number[]> =>
      (await get("/balancing")).body.instances.map(({ total }: { total: number }) => total);
    const before = await totals();
    await switchOn("lb-skew");
    await times(20, () => get("/products/1"));
    const after = await totals();
    expect(after.map((total, index) => total - before[index]!)).toEqual([19, 1]);
  });

  test("errors: the share of charges fails, and orders says whose fault it is", async () => {
    await switchOn("errors", 0.5);
    const answers = await times(10, order);
    const failed = answers.filter(({ status }) => status !== 201);
    expect(failed).toHaveLength(5);
    expect(failed[0]).toMatchObject({ status: 502, body: { error: "payments answered 500" } });
  });

  test("lock-contention: new orders wait for a row lock in Postgres", async () => {
    await switchOn("lock-contention", 400);
    const answers = times(3, order);
    const waiting = await until(
      async () => {
        const { rows } = await database.query(
          "SELECT query FROM pg_stat_activity WHERE application_name = 'shop-orders' AND wait_event_type = 'Lock'",
        );
        return rows;
      },
      (rows) => rows.length > 0,
    );
    expect(waiting[0].query).toMatch(/FROM warehouses .* FOR UPDATE/);
    expect((await answers).map(({ status }) => status)).toEqual([201, 201, 201]);
  });
});

describe("when an instance dies", () => {
  test("the gateway passes it over", async () => {
    process.kill(shop.processIds["catalog-2"]!, "SIGKILL");
    await until(
      () => isRunning(shop.processIds["catalog-2"]!),
      (running) => !running,
    );
    const answers = await times(6, () => get("/products/1"));
    expect(answers.map(({ status, instance }) => `${status} ${instance}`)).toEqual(Array(6).fill("200 catalog-1"));
  });
});
