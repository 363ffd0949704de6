/** The shop's data: 2,000 products, 5,000 orders, 20,000 order items; the same in every run. */

export const productCount = 2_000;
export const orderCount = 5_000;
const itemsPerOrder = 4;

const finishes = "Brushed Classic Compact Coastal Folding Glazed Handmade Nordic Polished Rustic";
const materials = "Oak Steel Linen Copper Walnut Marble Bamboo Wool Ceramic Leather";
const things =
  "Lamp Chair Table Shelf Mirror Basket Kettle Clock Stool Tray Vase Bench Cushion Rug Bowl Desk Bed Sofa Cup Hook";
/** 97 words, a prime: any step through them visits all. */
const prose =
  "made with care for daily use and built to last many years the surface cleans easily while its balanced shape fits small rooms as well as large ones every piece is checked by hand before shipping packed without plastic and delivered flat assembly needs no tools spare parts stay available colours may differ slightly from picture because natural grain varies between batches suitable indoors keep away from direct heat wipe using soft damp cloth designed together with people who cook read work play rest at home warranty covers defects under normal household conditions returns are free within";

const array = (words: string): string => `(ARRAY['${words.split(" ").join("','")}'])`;
const descriptionWords = 36;

export const seedStatements: readonly string[] = [
  `INSERT INTO products (id, sku, name, category, price_cents, description)
   SELECT i,
          'SKU-' || lpad(i::text, 5, '0'),
          ${array(finishes)}[1 + i % 10] || ' ' || ${array(materials)}[1 + i / 10 % 10] || ' ' || ${array(things)}[1 + i / 100 % 20],
          lower(${array(things)}[1 + i / 100 % 20]),
          500 + i * 7919 % 40000,
          (SELECT string_agg(${array(prose)}[1 + (i * 31 + j * (1 + i % 89)) % 97], ' ' ORDER BY j)
           FROM generate_series(1, ${descriptionWords}) AS j)
   FROM generate_series(1, ${productCount}) AS i`,
  `INSERT INTO inventory (product_id, quantity) SELECT id, 1000000 FROM products`,
  `INSERT INTO warehouses (id, name) VALUES (1, 'north'), (2, 'south')`,
  `INSERT INTO orders (id, customer_id, status, total_cents, created_at)
   SELECT i, 1 + i * 7919 % 500, 'fulfilled', 0, timestamptz '2025-01-01' + i * interval '1 minute'
   FROM generate_series(1, ${orderCount}) AS i`,
  // 499 and 2,000 have no common factor but 1, so the four products of an order differ.
  `INSERT INTO order_items (order_id, product_id, quantity, price_cents)
   SELECT o.id, p.id, 1 + (o.id + k) % 3, p.price_cents
   FROM orders AS o
   CROSS JOIN generate_series(0, ${itemsPerOrder - 1}) AS k
   JOIN products AS p ON p.id = 1 + (o.id * 104729 + k * 499) % ${productCount}`,
  `UPDATE orders SET total_cents = items.total
   FROM (SELECT order_id, sum(quantity * price_cents) AS total FROM order_items GROUP BY order_id) AS items
   WHERE items.order_id = orders.id`,
  `SELECT setval(pg_get_serial_sequence('shop.orders', 'id'), ${orderCount})`,
];
