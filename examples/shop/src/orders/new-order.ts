import { HttpError } from "../http/http-error.js";
import { maxId, wholeNumber } from "../http/parse.js";
import type { NewOrder } from "./orders.js";

const maxItems = 20;
const maxQuantity = 100;

/**
 * Reads the body of `POST /orders`: {"customerId": 7, "items": [{"productId": 12, "quantity": 1}]}.
 * @throws HttpError that names the wrong field.
 */
export function parseNewOrder(body: unknown): NewOrder {
  const { customerId, items } = (body ?? {}) as Record<string, unknown>;
  if (!Array.isArray(items) || items.length === 0 || items.length > maxItems) {
    throw new HttpError(`items must be a list of 1 to ${maxItems}`);
  }
  const quantities = new Map<number, number>();
  items.forEach((item: Record<string, unknown> | null, index) => {
    const productId = wholeNumber(item?.productId, `items[${index}].productId`, 1, maxId);
    const quantity = wholeNumber(item?.quantity ?? 1, `items[${index}].quantity`, 1, maxQuantity);
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  });
  return {
    customerId: wholeNumber(customerId, "customerId", 1, maxId),
    items: [...quantities].map(([productId, quantity]) => ({ productId, quantity })),
  };
}
