import { beforeAll, describe, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { CONDITIONS } from "./support/ottl/conditions.js";
import { CONVERTERS } from "./support/ottl/converters.js";
import { ottlLogs, ottlMetrics, ottlSpans } from "./support/ottl/corpus.js";
import { EDITORS } from "./support/ottl/editors.js";
import { collecting, itemLines } from "./support/ottl/lines.js";
import { LISTS, READ_PATHS } from "./support/ottl/paths.js";
import { SETS } from "./support/ottl/sets.js";
import { type ComparedPipeline, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";

const { defer, temporaryFolder } = cleanup();

const converters = collecting("log.attributes", CONVERTERS);
const conditions = new Map(CONDITIONS.map((condition, index) => [`c${index}`, condition]));

const ofLogs = (name: string, statements: readonly unknown[]): ComparedPipeline => {
  return { name, signal: "logs", processor: "transform", config: { error_mode: "silent", [LISTS.logs]: statements } };
};

const logPipelines = {
  converters: ofLogs("converters", converters.statements),
  conditions: ofLogs(
    "conditions",
    [...conditions].map(([key, condition]) => `set(log.attributes["${key}"], true) where ${condition}`),
  ),
  // In a context that is named a function may be written without being called.
  editors: ofLogs("editors", [
    {
      context: "log",
      statements: EDITORS.flatMap(([source, statement], index) => {
        const target = `log.attributes["e${index}"]`;
        return [`set(${target}, ${source})`, statement.replace(/\bT\b/g, target)];
      }),
    },
  ]),
};

let both: TwoCollectors;

beforeAll(async () => {
  const pipelines = [...Object.values(logPipelines), ...READ_PATHS, ...SETS].map((one) =>
    "pipeline" in one ? one.pipeline : one,
  );
  both = await startTwoCollectors(await temporaryFolder(), pipelines);
  defer(() => both.stop());
  await both.send("logs", ottlLogs());
  await both.send("traces", ottlSpans());
  await both.send("metrics", ottlMetrics());
  await both.stop();
}, 120_000);

function compare(pipeline: ComparedPipeline, labels?: ReadonlyMap<string, string>): unknown {
  const [ours, stock] = [both.items("ours", pipeline), both.items("stock", pipeline)];
  expect(stock).not.toEqual([]);
  return difference(itemLines(ours, labels), itemLines(stock, labels));
}

test(`${CONVERTERS.length} expressions have the same values`, () => {
  expect(compare(logPipelines.converters, converters.labels)).toEqual(SAME);
});

test(`${CONDITIONS.length} conditions hold for the same records`, () => {
  expect(compare(logPipelines.conditions, conditions)).toEqual(SAME);
});

test(`${EDITORS.length} editors do the same`, () => {
  expect(compare(logPipelines.editors)).toEqual(SAME);
});

describe("all paths that can be read have the same values", () => {
  test.each(READ_PATHS.map((one) => [one.pipeline.signal, one.target, one] as const))(
    "%s, into %s",
    (_signal, _target, { pipeline, labels }) => {
      expect(compare(pipeline, labels)).toEqual(SAME);
    },
  );
});

describe("a statement changes the same", () => {
  test.each(SETS.map(({ statement, pipeline }) => [pipeline.signal, statement, pipeline] as const))(
    "%s: %s",
    (_signal, _statement, pipeline) => {
      expect(compare(pipeline)).toEqual(SAME);
    },
  );
});
