import type pg from "pg";
import { searchDocument } from "../database/schema.js";

export interface ListedProduct {
  readonly id: number;
  readonly name: string;
  readonly priceCents: number;
  readonly inStock: number;
}

interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly price_cents: number;
  readonly description: string;
  readonly quantity: number;
}

export const pageSize = 40;
const searchLimit = 20;

/** One page of a category, or of everything; stock by a join in the same query. */
export async function listProducts(pool: pg.Pool, category: string | null, page: number): Promise<ListedProduct[]> {
  const { rows } = await pool.query<ProductRow>(
    `SELECT p.id, p.name, p.price_cents, i.quantity
     FROM products AS p JOIN inventory AS i ON i.product_id = p.id
     WHERE $1::text IS NULL OR p.category = $1
     ORDER BY p.id LIMIT ${pageSize} OFFSET $2`,
    [category, page * pageSize],
  );
  return rows.map((row) => ({ id: row.id, name: row.name, priceCents: row.price_cents, inStock: row.quantity }));
}

/** The same page, with one more query per product: what an ORM's lazy loading does. */
export async function listProductsOneByOne(
  pool: pg.Pool,
  category: string | null,
  page: number,
): Promise<ListedProduct[]> {
  const { rows } = await pool.query<ProductRow>(
    `SELECT id, name, price_cents FROM products
     WHERE $1::text IS NULL OR category = $1
     ORDER BY id LIMIT ${pageSize} OFFSET $2`,
    [category, page * pageSize],
  );
  const products: ListedProduct[] = [];
  for (const row of rows) {
    const stock = await pool.query("SELECT quantity FROM inventory WHERE product_id = $1", [row.id]);
    products.push({ id: row.id, name: row.name, priceCents: row.price_cents, inStock: stock.rows[0].quantity });
  }
  return products;
}

/** Products this much cheaper or dearer may be related; about a quarter of all. */
const relatedPriceCents = 5_000;

/**
 * A product with its stock and the four most similar ones of about its price; null when there is no such product.
 * Finding these ranks hundreds of descriptions, which is what the cache is for.
 */
export async function readProduct(pool: pg.Pool, id: number): Promise<Record<string, unknown> | null> {
  const { rows } = await pool.query<ProductRow>(
    `SELECT p.id, p.name, p.category, p.price_cents, p.description, i.quantity
     FROM products AS p JOIN inventory AS i ON i.product_id = p.id WHERE p.id = $1`,
    [id],
  );
  const product = rows[0];
  if (product === undefined) return null;
  const related = await pool.query(
    `SELECT id, name FROM products WHERE price_cents BETWEEN $1 - ${relatedPriceCents} AND $1 + ${relatedPriceCents} AND id <> $2
     ORDER BY ts_rank(${searchDocument}, plainto_tsquery('english', $3)) DESC, id LIMIT 4`,
    [product.price_cents, id, product.name],
  );
  return {
    id: product.id,
    name: product.name,
    category: product.category,
    priceCents: product.price_cents,
    description: product.description,
    inStock: product.quantity,
    related: related.rows,
  };
}

export const searchQuery: string = `SELECT id, name, price_cents FROM products
     WHERE ${searchDocument} @@ plainto_tsquery('english', $1)
     ORDER BY price_cents, id LIMIT ${searchLimit}`;

/** Products whose name or description has all the words, cheapest first. */
export async function searchProducts(pool: pg.Pool, words: string): Promise<Omit<ListedProduct, "inStock">[]> {
  const { rows } = await pool.query<ProductRow>(searchQuery, [words]);
  return rows.map((row) => ({ id: row.id, name: row.name, priceCents: row.price_cents }));
}
