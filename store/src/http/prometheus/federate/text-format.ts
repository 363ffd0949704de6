import { type FloatHistogram, formatGeneral } from "@venturi/promql";
import { type Escaping, escapedName, isPlainLabel, isPlainName } from "./names.js";
import { classicBuckets, type Family, type NewestSample } from "./newest-samples.js";

/** One family in the text format. Names that the escaping leaves in UTF-8 stand in quotes, the metric's inside the braces. */
export function familyText({ name, type, samples }: Family, escaping: Escaping): string {
  const shown = escapedName(name, escaping);
  // The text format has no histograms of gauges.
  let text = `# TYPE ${isPlainName(shown) ? shown : quoted(shown)} ${type === "untyped" ? type : "histogram"}\n`;
  for (const sample of samples) {
    const { histogram, value } = sample;
    const line = lineOf(sample, shown, escaping);
    text += histogram === undefined ? line("", value) : histogramText(histogram, line);
  }
  return text;
}

type Line = (suffix: string, value: number, bound?: number) => string;

function histogramText(histogram: FloatHistogram, line: Line): string {
  let text = "";
  for (const [bound, cumulative] of classicBuckets(histogram) ?? []) text += line("_bucket", cumulative, bound);
  text += line("_bucket", histogram.count, Number.POSITIVE_INFINITY);
  return text + line("_sum", histogram.sum) + line("_count", histogram.count);
}

function lineOf({ labels, timestampMs }: NewestSample, name: string, escaping: Escaping): Line {
  const pairs = labels.map(([label, value]) => {
    const shown = escapedName(label, escaping);
    return `${isPlainLabel(shown) ? shown : quoted(shown)}=${quoted(value)}`;
  });
  return (suffix, value, bound) => {
    const parts = bound === undefined ? pairs : [...pairs, `le="${numberText(bound)}"`];
    const full = name + suffix;
    const head = isPlainName(full) ? `${full}{${parts.join(",")}}` : `{${[quoted(full), ...parts].join(",")}}`;
    return `${head} ${numberText(value)} ${timestampMs}\n`;
  };
}

/** Zero has no sign in this format. */
function numberText(value: number): string {
  return value === 0 ? "0" : formatGeneral(value);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
