// biome-ignore-all lint/correctness/noUndeclaredDependencies: k6 brings its modules itself
// k6: an open model (requests come at a constant rate, however slow the shop is) over the shop's routes.
// Environment: BASE_URL, RATE (requests per second, default 40), DURATION (default 40s), SEED (default 1).
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";

const baseUrl = __ENV.BASE_URL || "http://127.0.0.1:8080";
const rate = Number(__ENV.RATE || 40);
const duration = __ENV.DURATION || "40s";
const seed = Number(__ENV.SEED || 1);

const productCount = 2000;
const seededOrders = 5000;
const categories = ["lamp", "chair", "table", "shelf", "mirror", "basket", "kettle", "clock", "stool", "tray"];
const materials = ["oak", "steel", "linen", "copper", "walnut", "marble", "bamboo", "wool", "ceramic", "leather"];

export const options = {
  scenarios: {
    shop: {
      executor: "constant-arrival-rate",
      rate,
      timeUnit: "1s",
      duration,
      preAllocatedVUs: Math.max(20, rate),
      maxVUs: Math.max(100, rate * 10),
      gracefulStop: "5s",
    },
  },
  summaryTrendStats: ["avg", "min", "med", "p(90)", "p(95)", "p(99)", "max"],
  // One series per route, not per URL; no threshold: a slow shop is what this is for.
  systemTags: ["status", "method", "name", "scenario", "expected_response", "error_code", "group", "check"],
};

// Choices hang on the number of the iteration alone, so that every run sends the same requests in the same order.
function chooser() {
  let state = (exec.scenario.iterationInTest * 2654435761 + seed * 40503) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = (random, list) => list[Math.floor(random() * list.length)];

// A few products are wanted by nearly everybody; a cache that works has them.
const popularProducts = 40;
const popularShare = 0.97;
const popularProduct = (random) =>
  1 + Math.floor(random() * (random() < popularShare ? popularProducts : productCount));

const requests = [
  { share: 0.4, send: viewProduct },
  { share: 0.16, send: listProducts },
  { share: 0.1, send: search },
  { share: 0.18, send: placeOrder },
  { share: 0.16, send: viewOrder },
];

export default function () {
  const random = chooser();
  let point = random();
  const { send } = requests.find(({ share }) => (point -= share) < 0) || requests[0];
  const response = send(random);
  check(response, { "status is 2xx": ({ status }) => status >= 200 && status < 300 });
}

function get(path, name) {
  return http.get(baseUrl + path, { tags: { name } });
}

function viewProduct(random) {
  return get(`/products/${popularProduct(random)}`, "GET /products/:id");
}

function listProducts(random) {
  return get(`/products?category=${pick(random, categories)}&page=${Math.floor(random() * 2)}`, "GET /products");
}

function search(random) {
  return get(`/search?q=${pick(random, materials)}+${pick(random, categories)}`, "GET /search");
}

function placeOrder(random) {
  const items = [1, 2, 3].map(() => ({ productId: popularProduct(random), quantity: 1 + Math.floor(random() * 3) }));
  const body = JSON.stringify({ customerId: 1 + Math.floor(random() * 500), items });
  return http.post(`${baseUrl}/orders`, body, {
    headers: { "content-type": "application/json" },
    tags: { name: "POST /orders" },
  });
}

function viewOrder(random) {
  return get(`/orders/${1 + Math.floor(random() * seededOrders)}`, "GET /orders/:id");
}
