// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacements are written with them
import { expect, test } from "vitest";
import { prometheusReceiverSchema } from "./config.js";
import { relabel } from "./relabel.js";

type Labels = Record<string, string>;
const LABELS: Labels = { a: "x", b: "y:1", __meta_k: "v" };

const cases: [rule: Record<string, unknown>, result: Labels | undefined][] = [
  [
    { source_labels: ["a"], target_label: "c" },
    { ...LABELS, c: "x" },
  ],
  [
    { source_labels: ["a", "b"], target_label: "c" },
    { ...LABELS, c: "x;y:1" },
  ],
  [
    { source_labels: ["b"], regex: "(.*):(.*)", target_label: "c", replacement: "${2}-$1" },
    { ...LABELS, c: "1-y" },
  ],
  [{ source_labels: ["b"], regex: "y", target_label: "c" }, LABELS],
  [
    { source_labels: ["a"], target_label: "a", replacement: "" },
    { b: "y:1", __meta_k: "v" },
  ],
  [{ source_labels: ["a"], regex: "x", action: "keep" }, LABELS],
  [{ source_labels: ["a"], regex: "z", action: "keep" }, undefined],
  [{ source_labels: ["a"], regex: "x", action: "drop" }, undefined],
  [
    { regex: "__meta_(.+)", action: "labelmap" },
    { ...LABELS, k: "v" },
  ],
  [{ regex: "a|b", action: "labeldrop" }, { __meta_k: "v" }],
  [{ regex: "a", action: "labelkeep" }, { a: "x" }],
  [
    { source_labels: ["a"], target_label: "c", action: "uppercase" },
    { ...LABELS, c: "X" },
  ],
  [
    { source_labels: ["a"], target_label: "c", modulus: 8, action: "hashmod" },
    { ...LABELS, c: "6" },
  ],
  [{ source_labels: ["a"], target_label: "b", action: "keepequal" }, undefined],
];

test.each(cases)("%j", (rule, result) => {
  const config = { config: { scrape_configs: [{ job_name: "j", relabel_configs: [rule] }] } };
  const rules = prometheusReceiverSchema.parse(config).config.scrape_configs[0]?.relabel_configs ?? [];
  const labels = relabel(new Map(Object.entries(LABELS)), rules);
  expect(labels === undefined ? undefined : Object.fromEntries(labels)).toEqual(result);
});
