import { alertText, parseAlertText } from "./alert-text.js";
import { sortedPairs } from "./labels.js";
import type { External, RuleQuery, RuleSample } from "./rule.js";
import type { RuleConfig } from "./rule-file.js";
import type { Template } from "./template/ast.js";
import { TemplateError } from "./template/error.js";
import { templateFunctions } from "./template/functions.js";
import { histogramValue, sampleValue } from "./template/values.js";

interface Texts {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

type NamedTexts = readonly (readonly [name: string, text: string | Template])[];

/** Labels and annotations of a rule's alerts; their templates are parsed once. */
export class AlertTexts {
  readonly #name: string;
  readonly #labels: NamedTexts;
  readonly #annotations: NamedTexts;
  readonly #external: External;

  constructor({ name, labels, annotations }: RuleConfig, external: External) {
    this.#name = name;
    this.#labels = parsed(name, labels);
    this.#annotations = parsed(name, annotations);
    this.#external = external;
  }

  /** What writes the texts for a sample of the evaluation at `timeMs`. */
  writer(timeMs: number, query: RuleQuery): (sample: RuleSample) => Promise<Texts> {
    const { url, labels: externalLabels } = this.#external;
    const functions = templateFunctions({
      timeMs,
      externalUrl: url,
      query: async (expression) => {
        const samples = await query(expression, timeMs);
        return samples.map(({ labels, value, histogram }) =>
          sampleValue(labels, histogram === undefined ? value : histogramValue(histogram)),
        );
      },
    });
    const write = async (texts: NamedTexts, sample: RuleSample): Promise<Record<string, string>> => {
      const written: Record<string, string> = {};
      for (const [name, text] of texts) {
        const isFixed = typeof text === "string";
        written[name] = isFixed ? text : await alertText(text, sample, { externalUrl: url, externalLabels, functions });
      }
      return written;
    };
    return async (sample) => {
      const { __name__: _, ...own } = sample.labels;
      const labels = { ...own, ...(await write(this.#labels, sample)), alertname: this.#name };
      return {
        labels: Object.fromEntries(sortedPairs(labels)),
        annotations: await write(this.#annotations, sample),
      };
    };
  }
}

function parsed(alert: string, texts: Readonly<Record<string, string>>): NamedTexts {
  return Object.entries(texts).map(([name, text]) => [name, text.includes("{{") ? parsedText(alert, text) : text]);
}

/** Labels of a group are not looked at when its file is read: a mistake in them becomes their text, as in Prometheus. */
function parsedText(alert: string, text: string): string | Template {
  try {
    return parseAlertText(alert, text);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    return `<error expanding template: error parsing template __alert_${alert}: ${cause.message}>`;
  }
}
