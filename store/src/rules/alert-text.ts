import type { RuleSample } from "./rule.js";
import { templateVariables } from "./rule-file.js";
import { executeTemplate, type TemplateFunction } from "./template/execute.js";
import { functionNames } from "./template/functions.js";
import { parseTemplate } from "./template/parse.js";
import { TemplateError } from "./template/tokens.js";

/** What labels and annotations of an alert are written with. */
export interface TextSettings {
  readonly alert: string;
  readonly externalUrl: string;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** A text of labels or annotations for one sample; a mistake becomes part of the text, as in Prometheus. */
export async function alertText(text: string, sample: RuleSample, settings: TextSettings): Promise<string> {
  if (!text.includes("{{")) return text;
  const { alert, externalUrl, functions } = settings;
  const value = sample.histogram ?? sample.value;
  const data = { Labels: sample.labels, ExternalLabels: {}, ExternalURL: externalUrl, Value: value };
  const variables = [data.Labels, data.ExternalLabels, data.ExternalURL, data.Value];
  const named = Object.fromEntries(templateVariables.map((name, index) => [name, variables[index]]));
  try {
    const template = parseTemplate(text, functionNames, templateVariables);
    return await executeTemplate(template, data, named, functions);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    return `<error expanding template: error executing template __alert_${alert}: ${cause.message}>`;
  }
}
