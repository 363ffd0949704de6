import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { alertText, parseAlertText } from "../alert-text.js";
import { TemplateError } from "./error.js";
import { functionNames, templateFunctions } from "./functions.js";
import { parseTemplate } from "./parser.js";
import type { GoStruct } from "./values.js";
import { sampleValue } from "./values.js";

interface Case {
  readonly template: string;
  /** What Prometheus' template package makes of it with a value of 1234.5678 … */
  readonly text: string;
  /** … and with 0.5, where that differs. */
  readonly textOfHalf?: string;
}

const cases = JSON.parse(
  readFileSync(new URL("../../testing/template-cases.json", import.meta.url), "utf8"),
) as readonly Case[];

const up = [
  sampleValue({ __name__: "up", instance: "b:9090", job: "x" }, 3),
  sampleValue({ __name__: "up", instance: "a:9090", job: "y" }, 0.25),
];

function query(expression: string): Promise<readonly GoStruct[]> {
  if (expression === "fail") return Promise.reject(new Error("it failed"));
  return Promise.resolve(expression === "none" ? [] : up);
}

const externalUrl = "http://prom.example/base";
const functions = templateFunctions({ timeMs: 1_700_000_000_123, externalUrl, query });

async function expand(template: string, value: number): Promise<string> {
  try {
    const parsed = parseAlertText("Test", template);
    const sample = { labels: { instance: "a.b:9090", job: "api" }, timestampMs: 0, value };
    return await alertText(parsed, sample, { externalUrl, externalLabels: { region: "eu" }, functions });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return `<error expanding template: error parsing template __alert_Test: ${error.message}>`;
  }
}

describe("alert templates read as Prometheus reads them", () => {
  test.each(cases)("$template", async ({ template, text, textOfHalf = text }) => {
    expect(await expand(template, 1234.5678)).toBe(text);
    expect(await expand(template, 0.5)).toBe(textOfHalf);
  });
});

test("there are cases for every function", () => {
  const all = cases.map(({ template }) => template).join("\n");
  for (const name of functionNames) expect(all).toMatch(new RegExp(`\\b${name}\\b`));
});

test("a histogram is a value with a count and a text", async () => {
  const histogram = {
    schema: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 3,
    sum: 4.5,
    positiveSpans: [{ offset: 0, length: 1 }],
    negativeSpans: [],
    positiveBuckets: Float64Array.of(3),
    negativeBuckets: new Float64Array(),
    counterResetHint: 0,
  } as const;
  const template = parseAlertText("Test", "{{ $value.Count }} {{ $value.Sum }} {{ $value }} {{ humanize $value }}");
  const text = await alertText(
    template,
    { labels: {}, timestampMs: 0, value: 0, histogram },
    { externalUrl, externalLabels: {}, functions },
  );
  expect(text).toMatch(/can't convert \*histogram.FloatHistogram to float>$/);
  const short = parseAlertText("Test", "{{ $value.Count }} {{ $value.Sum }} {{ $value }}");
  const sample = { labels: {}, timestampMs: 0, value: 0, histogram };
  expect(await alertText(short, sample, { externalUrl, externalLabels: {}, functions })).toBe(
    "3 4.5 {count:3, sum:4.5, (0.5,1]:3}",
  );
});

describe("a template that would run away ends with an error", () => {
  test.each([
    ["recursion", '{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}', /exceeded maximum template depth/],
    ["iterations", "{{ range 1000000 }}{{ end }}", /too many iterations/],
    ["nested ranges", "{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}", /too many iterations/],
    ["length", '{{ range 20000 }}{{ printf "%1000d" 1 }}{{ end }}', /the text is too long/],
    ["width", '{{ printf "%100000000d" 1 }}', /the width is too large/],
    ["depth", `{{ ${"(".repeat(200)}1${")".repeat(200)} }}`, /max expression depth exceeded/],
  ])("%s", async (_, template, problem) => {
    expect(await expand(template, 1)).toMatch(problem);
  });
});

test("any bytes in a template give a text or a TemplateError", () => {
  const alphabet = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "if",
    "end",
    "range",
    "else",
    "$x",
    ":=",
    "=",
    "|",
    "(",
    ")",
    ".a",
    '"s"',
    "'",
    "`",
    "\\",
    "1.5",
    " ",
    "\n",
    "/*",
    "*/",
    "$value",
    "é",
    "#",
    "with",
    "define",
    "template",
    ",",
  ];
  let seed = 7;
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32;
  };
  for (let round = 0; round < 3000; round++) {
    const text = Array.from(
      { length: 1 + Math.floor(next() * 12) },
      () => alphabet[Math.floor(next() * alphabet.length)],
    );
    try {
      parseTemplate("t", text.join(""), functionNames);
    } catch (error) {
      expect(error, text.join("")).toBeInstanceOf(TemplateError);
    }
  }
});
