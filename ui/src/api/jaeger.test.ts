import { expect, test } from "vitest";
import { parseTags } from "./jaeger.js";

test.each([
  ["", {}],
  ["   ", {}],
  ["error=true", { error: "true" }],
  [' error=true  http.route="/a b" ', { error: "true", "http.route": "/a b" }],
  ['db.query.text="SELECT \\"x\\""', { "db.query.text": 'SELECT "x"' }],
  ["url=http://a/?b=c", { url: "http://a/?b=c" }],
  ["empty=", { empty: "" }],
])("parseTags(%j)", (text, tags) => {
  expect(parseTags(text)).toEqual(tags);
});

test("parseTags says what it cannot read", () => {
  expect(() => parseTags("error=true slow")).toThrow('cannot read the tags at "slow"');
});
