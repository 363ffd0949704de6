import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileConditions } from "../ottl/conditions.js";
import { METRIC_CONDITIONS } from "../ottl/functions/metric-conditions.js";
import { ALL_EDITORS, CONVERTERS } from "../ottl/functions/standard.js";
import { UNSUPPORTED_FUNCTIONS } from "../ottl/functions/unsupported.js";
import { METRIC_FUNCTIONS } from "../processors/transform/metrics/metric-functions.js";
import { ottlDocument } from "./ottl-document.js";

test("docs/collector/ottl.md is what the tables say", () => {
  const written = readFileSync(new URL("../../../docs/collector/ottl.md", import.meta.url), "utf8");
  expect(ottlDocument(), "run: npx tsc -b collector && node collector/dist/compatibility/main.js").toBe(written);
});

test("no function is both there and not", () => {
  const there = [...ALL_EDITORS, ...CONVERTERS, ...METRIC_CONDITIONS, ...METRIC_FUNCTIONS].map(({ name }) => name);
  expect(there.filter((name) => Object.hasOwn(UNSUPPORTED_FUNCTIONS, name))).toEqual([]);
});

test("a function that is not supported is refused by name, with the reason", () => {
  const problems: string[] = [];
  compileConditions(['ParseXML(body)["x"] == nil'], "log", ["log"], (_index, message) => void problems.push(message));
  expect(problems).toEqual([
    'column 1 of "ParseXML(body)[\\"x\\"] == nil": the function ParseXML is not supported: XML is not read',
  ]);
});
