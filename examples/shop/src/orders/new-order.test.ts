import { expect, test } from "vitest";
import { parseNewOrder } from "./new-order.js";

test("products of the same id are added up", () => {
  const items = [{ productId: 3 }, { productId: 4, quantity: 2 }, { productId: 3, quantity: 5 }];
  expect(parseNewOrder({ customerId: 1, items })).toEqual({
    customerId: 1,
    items: [
      { productId: 3, quantity: 6 },
      { productId: 4, quantity: 2 },
    ],
  });
});

const refused: [body: unknown, message: RegExp][] = [
  [undefined, /items must be a list/],
  [{ customerId: 1, items: [] }, /items must be a list of 1 to 20/],
  [{ customerId: 1, items: [null] }, /items\[0\]\.productId/],
  [
    { customerId: 1, items: [{ productId: 1, quantity: 0 }] },
    /items\[0\]\.quantity must be a whole number from 1 to 100/,
  ],
  [{ items: [{ productId: 1 }] }, /customerId/],
  [{ customerId: 1.5, items: [{ productId: 1 }] }, /customerId/],
];
test.each(refused)("%j is refused", (body, message) => {
  expect(() => parseNewOrder(body)).toThrow(message);
});
