/** Products: list, page (cached) and full-text search. */
import { openCache } from "../catalog/cache.js";
import { listProducts, listProductsOneByOne, readProduct, searchProducts } from "../catalog/products.js";
import { createPool, describePool } from "../database/pool.js";
import { prepareDatabase, switchSearchIndex } from "../database/schema.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { HttpError } from "../http/http-error.js";
import { maxId, optionalText, wholeNumber } from "../http/parse.js";
import { serve } from "../http/service.js";

const instance = process.env.INSTANCE ?? "catalog";
const pool = createPool(`shop-${instance}`);
const faults = new FaultSwitches("catalog", {
  "missing-index": (enabled) => switchSearchIndex(pool, !enabled),
});
await prepareDatabase(pool);
const cache = await openCache(process.env.REDIS_URL);
let requests = 0;

await serve({
  name: "catalog",
  faults,
  health: () => ({ instance, requests, cache: { hits: cache.hits, misses: cache.misses }, pool: describePool(pool) }),
  close: async () => {
    await cache.close();
    await pool.end();
  },
  routes: (app) => {
    app.use((_request, response, next) => {
      requests++;
      response.set("x-instance", instance);
      next();
    });

    app.get("/products", async (request, response) => {
      const category = optionalText(request.query.category, "category", 50);
      const page = wholeNumber(request.query.page ?? 0, "page", 0, 1_000);
      const list = faults.isOn("n-plus-one") ? listProductsOneByOne : listProducts;
      response.json(await list(pool, category, page));
    });

    app.get("/products/:id", async (request, response) => {
      const id = wholeNumber(request.params.id, "id", 1, maxId);
      const json = await cache.through(`product:${id}`, faults.isOn("cache-off"), async () => {
        const product = await readProduct(pool, id);
        return product === null ? null : JSON.stringify(product);
      });
      if (json === null) throw new HttpError(`no product ${id}`, 404);
      response.type("json").send(json);
    });

    app.get("/search", async (request, response) => {
      const words = optionalText(request.query.q, "q", 100);
      if (words === null) throw new HttpError("search for something: /search?q=oak+lamp");
      response.json(await searchProducts(pool, words));
    });
  },
});
