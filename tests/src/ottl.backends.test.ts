import { beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { eventually } from "./support/eventually.js";
import { CONDITIONS, CONVERTERS } from "./support/ottl/converters.js";
import { ottlLogs, ottlMetrics, ottlSpans } from "./support/ottl/corpus.js";
import { EDITORS } from "./support/ottl/editors.js";
import { attributeLines, collecting } from "./support/ottl/lines.js";
import { type ComparedPipeline, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";

const { defer, temporaryFolder } = cleanup();

const converters = collecting("log.attributes", CONVERTERS);
const conditions = new Map(CONDITIONS.map((condition, index) => [`c${index}`, condition]));
const editors = new Map(EDITORS.map(([source, statement], index) => [`e${index}`, `${statement} on ${source}`]));

const transform = (
  name: string,
  signal: ComparedPipeline["signal"],
  statements: readonly unknown[],
): ComparedPipeline => {
  const list = { traces: "trace", metrics: "metric", logs: "log" }[signal];
  return { name, signal, processor: "transform", config: { error_mode: "silent", [`${list}_statements`]: statements } };
};

const logPipelines = {
  converters: transform("converters", "logs", converters.statements),
  conditions: transform(
    "conditions",
    "logs",
    [...conditions].map(([key, condition]) => `set(log.attributes["${key}"], true) where ${condition}`),
  ),
  // In a context that is named a function may be written without being called.
  editors: transform("editors", "logs", [
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
  const pipelines = Object.values(logPipelines);
  both = await startTwoCollectors(await temporaryFolder(), pipelines);
  defer(() => both.stop());
  await both.send("logs", ottlLogs());
  await eventually("everything came", async () => {
    for (const pipeline of pipelines) {
      for (const side of ["stock", "ours"] as const) {
        if (both.items(side, pipeline).length === 0) throw new Error(`nothing of ${pipeline.name} from ${side}`);
      }
    }
    return true;
  });
}, 120_000);

function compare(pipeline: ComparedPipeline, labels?: ReadonlyMap<string, string>): unknown {
  const [ours, stock] = [both.items("ours", pipeline), both.items("stock", pipeline)];
  return difference(attributeLines(ours, labels), attributeLines(stock, labels));
}

test(`${CONVERTERS.length} expressions have the same values`, () => {
  expect(compare(logPipelines.converters, converters.labels)).toEqual(SAME);
});

test(`${CONDITIONS.length} conditions hold for the same records`, () => {
  expect(compare(logPipelines.conditions, conditions)).toEqual(SAME);
});

test(`${EDITORS.length} editors do the same`, () => {
  expect(compare(logPipelines.editors, editors)).toEqual(SAME);
});

void ottlMetrics;
void ottlSpans;
