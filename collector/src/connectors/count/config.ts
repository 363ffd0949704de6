import { z } from "zod";
import { section, unsupported } from "../../config/schema-types.js";
import { compileConditions } from "../../ottl/conditions.js";
import type { ContextName } from "../../ottl/contexts.js";
import { attributeValue } from "../../processors/attributes/attribute-value.js";

const attribute = z.strictObject({
  key: z.string().min(1),
  /** Without it, items that do not have the attribute are not counted. */
  default_value: z
    .unknown()
    .optional()
    .refine((value) => value === undefined || attributeValue(value) !== undefined, "is no value of an attribute"),
});

const metric = z.strictObject({
  description: z.string().default(""),
  /** One that holds is enough; none: everything counts. */
  conditions: z.array(z.string()).default([]),
  /** A number for each combination of their values. */
  attributes: z
    .array(attribute)
    .default([])
    .superRefine((list, issues) => {
      for (const [index, { key }] of list.entries()) {
        if (list.findIndex((other) => other.key === key) === index) continue;
        issues.addIssue({ code: "custom", path: [index, "key"], message: `"${key}" is named twice` });
      }
    }),
});

/** Metrics by name. */
export type CountedMetrics = Readonly<Record<string, z.infer<typeof metric>>>;

/** What to count of one kind of item; nothing said: all of it, in the metric of the default. */
function counted(context: ContextName, defaultName: string, description: string): z.ZodType<CountedMetrics> {
  const byDefault: CountedMetrics = { [defaultName]: { description, conditions: [], attributes: [] } };
  return section(z.record(z.string().min(1), section(metric)))
    .default({})
    .superRefine((metrics, issues) => {
      for (const [name, { conditions, attributes }] of Object.entries(metrics)) {
        compileConditions(conditions, context, [context], (index, message) => {
          issues.addIssue({ code: "custom", path: [name, "conditions", index], message });
        });
        if (context !== "metric" || attributes.length === 0) continue;
        const message = "metrics have no attributes: count their data points";
        issues.addIssue({ code: "custom", path: [name, "attributes"], message });
      }
    })
    .transform((metrics) => (Object.keys(metrics).length === 0 ? byDefault : metrics));
}

export const countSchema = z.strictObject({
  spans: counted("span", "trace.span.count", "The number of spans observed."),
  spanevents: counted("spanevent", "trace.span.event.count", "The number of span events observed."),
  metrics: counted("metric", "metric.count", "The number of metrics observed."),
  datapoints: counted("datapoint", "metric.datapoint.count", "The number of data points observed."),
  logs: counted("log", "log.record.count", "The number of log records observed."),
  profiles: unsupported("there are no profiles"),
});

export type CountConfig = z.infer<typeof countSchema>;
