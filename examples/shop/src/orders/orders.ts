import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Database } from "../database/connection.js";
import { HttpError } from "../http/http-error.js";

export interface OrderedItem {
  readonly productId: number;
  readonly quantity: number;
}

export interface NewOrder {
  readonly customerId: number;
  /** Products differ. */
  readonly items: readonly OrderedItem[];
}

export interface PlaceOrderSettings {
  /** Takes the money, or throws. */
  readonly charge: (amountCents: number) => Promise<void>;
  /** Hands the order to the queue; gets the transaction's connection, or null after the commit. */
  readonly enqueue: (orderId: number, client: pg.PoolClient | null) => Promise<void>;
  /**
   * True: in the same transaction, so that no order is stored without its job. False, for a queue outside of the
   * database: after the commit, since a worker could otherwise look for the order before it is there.
   */
  readonly enqueueInTransaction: boolean;
  /** Null in health; else the warehouse's row is locked first, and for this much longer. */
  readonly lockHeldMs: number | null;
}

/**
 * Charges and stores an order.
 * @throws HttpError for an unknown product; whatever `charge` and `enqueue` throw.
 */
export async function placeOrder(
  database: Database,
  order: NewOrder,
  settings: PlaceOrderSettings,
): Promise<{ id: number; status: string; totalCents: number }> {
  const productIds = order.items.map((item) => item.productId);
  const quantities = order.items.map((item) => item.quantity);
  const prices = await readPrices(database, productIds);
  const itemPrices = productIds.map((id) => prices.get(id)!);
  const totalCents = itemPrices.reduce((total, price, index) => total + price * quantities[index]!, 0);
  await settings.charge(totalCents);
  const id = await database.transaction(async (client) => {
    if (settings.lockHeldMs !== null) await lockWarehouse(client, settings.lockHeldMs);
    const { rows } = await client.query(
      "INSERT INTO orders (customer_id, status, total_cents) VALUES ($1, 'paid', $2) RETURNING id",
      [order.customerId, totalCents],
    );
    const id = Number(rows[0].id);
    await client.query(
      `INSERT INTO order_items (order_id, product_id, quantity, price_cents)
       SELECT $1, * FROM unnest($2::int[], $3::int[], $4::int[])`,
      [id, productIds, quantities, itemPrices],
    );
    await takeFromStock(client, productIds, quantities);
    if (settings.enqueueInTransaction) await settings.enqueue(id, client);
    return id;
  });
  if (!settings.enqueueInTransaction) await settings.enqueue(id, null);
  return { id, status: "paid", totalCents };
}

async function readPrices(database: Database, productIds: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await database.query<{ id: number; price_cents: number }>(
    "SELECT id, price_cents FROM products WHERE id = ANY($1)",
    [productIds],
  );
  const prices = new Map(rows.map((row) => [row.id, row.price_cents]));
  const unknown = productIds.find((id) => !prices.has(id));
  if (unknown !== undefined) throw new HttpError(`no product ${unknown}`);
  return prices;
}

/** Rows are locked in the order of their ids, and the warehouse last, so that orders can't deadlock and wait briefly. */
async function takeFromStock(client: pg.PoolClient, productIds: number[], quantities: number[]): Promise<void> {
  await client.query(
    `WITH locked AS (
       SELECT product_id FROM inventory WHERE product_id = ANY($1::int[]) ORDER BY product_id FOR UPDATE
     )
     UPDATE inventory SET quantity = inventory.quantity - ordered.quantity
     FROM locked JOIN unnest($1::int[], $2::int[]) AS ordered (product_id, quantity) USING (product_id)
     WHERE inventory.product_id = locked.product_id`,
    [productIds, quantities],
  );
  await client.query("UPDATE warehouses SET reserved = reserved + $1 WHERE id = 1", [
    quantities.reduce((sum, quantity) => sum + quantity, 0),
  ]);
}

async function lockWarehouse(client: pg.PoolClient, heldMs: number): Promise<void> {
  await client.query("SELECT id FROM warehouses WHERE id = 1 FOR UPDATE");
  await delay(heldMs);
}

/** An order with its items; null when there is no such order. */
export async function readOrder(database: Database, id: number): Promise<Record<string, unknown> | null> {
  const orders = await database.query("SELECT id, customer_id, status, total_cents FROM orders WHERE id = $1", [id]);
  const order = orders.rows[0];
  if (order === undefined) return null;
  const items = await database.query(
    `SELECT i.product_id, p.name, i.quantity, i.price_cents
     FROM order_items AS i JOIN products AS p ON p.id = i.product_id
     WHERE i.order_id = $1 ORDER BY i.product_id`,
    [id],
  );
  return {
    id: Number(order.id),
    customerId: order.customer_id,
    status: order.status,
    totalCents: order.total_cents,
    items: items.rows.map((item) => ({
      productId: item.product_id,
      name: item.name,
      quantity: item.quantity,
      priceCents: item.price_cents,
    })),
  };
}
