import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { unsupported } from "../config/schema-types.js";
import { compatibilityDocument, readUpstreamOptions } from "./document.js";
import { optionsOf, whyNot } from "./options.js";

test("docs/collector/compatibility.md is what the schemas say", () => {
  const file = new URL("../../../docs/collector/compatibility.md", import.meta.url);
  const written = readFileSync(file, "utf8");
  const message = "run: npx tsc -b collector && node collector/dist/compatibility/main.js";
  expect(compatibilityDocument(readUpstreamOptions()), message).toBe(written);
});

const options = optionsOf(
  z.strictObject({
    plain: z.string().default("a"),
    refused: unsupported("not here"),
    list: z.array(z.strictObject({ name: z.string() })),
    block: z.preprocess((value) => value ?? {}, z.strictObject({ inner: z.int().optional() })).prefault({}),
    map: z.record(z.string(), z.string()),
    anything: z.unknown().optional(),
    either: z.union([z.string(), z.strictObject({ deep: z.string() })]),
    "with.dots": z.strictObject({ enabled: z.boolean() }),
  }),
);

test.each([
  ["plain", undefined],
  ["list[].name", undefined],
  ["block.inner", undefined],
  ["map", undefined],
  ["anything.below.it", undefined],
  ["either.deep", undefined],
  ['"with.dots".enabled', undefined],
  ["refused", "not here"],
  ["refused.below", "not here"],
  ["list[].other", "unknown"],
  ["block.other", "unknown"],
  ["nothing", "unknown"],
])("%s: %s", (path, why) => {
  expect(whyNot(path, options)).toBe(why);
});
