import type { RuleSample } from "./rule.js";
import type { Template } from "./template/ast.js";
import { TemplateError } from "./template/error.js";
import { executeTemplate } from "./template/execute.js";
import { functionNames } from "./template/functions.js";
import { parseTemplate } from "./template/parser.js";
import type { TemplateFunction } from "./template/signature.js";
import { GoMap, GoStruct, histogramValue } from "./template/values.js";

/** What labels and annotations of an alert are written with. */
export interface TextSettings {
  readonly externalUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** Prometheus puts these in front of every template; errors count their columns from there. */
const variables =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

const dataType =
  "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }";

/** A text of labels or annotations of an alert. @throws {TemplateError} */
export function parseAlertText(alert: string, text: string): Template {
  return parseTemplate(`__alert_${alert}`, variables + text, functionNames);
}

/** Writes a text for one sample; a mistake becomes part of the text, as in Prometheus. */
export async function alertText(template: Template, sample: RuleSample, settings: TextSettings): Promise<string> {
  const { externalLabels, externalUrl, functions } = settings;
  const data = new GoStruct(dataType, {
    fields: {
      Labels: GoMap.ofTexts(sample.labels),
      ExternalLabels: GoMap.ofTexts(externalLabels),
      ExternalURL: externalUrl,
      Value: sample.histogram === undefined ? sample.value : histogramValue(sample.histogram),
    },
  });
  try {
    return await executeTemplate(template, data, functions);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    return `<error expanding template: error executing template ${template.name}: ${cause.message}>`;
  }
}
