import { expect, test } from "vitest";
import { compileGlob } from "./glob.js";

test.each([
  ["http.*", "http.route http.", "http.a.b http xhttp.a"],
  ["http.**", "http.a http.a.b", "http"],
  ["**.id", "a.id a.b.id", "id a.idx"],
  ["?.b", "a.b", "..b aa.b"],
  ["[a-c]x[!0-9]", "axx bxa", "dxx ax0"],
  ["{one,two.*}.z", "one.z two.a.z", "three.z two.z"],
  ["a\\*", "a*", "ab"],
  ["a+(b)|c", "a+(b)|c", "aab c"],
])("%s", (glob, matching, others) => {
  const pattern = compileGlob(glob);
  expect(matching.split(" ").filter((name) => !pattern.test(name))).toEqual([]);
  expect(others.split(" ").filter((name) => pattern.test(name))).toEqual([]);
});

test.each(["[a", "{a,b", "a\\"])("%s is malformed", (glob) => {
  expect(() => compileGlob(glob)).toThrow(glob);
});
