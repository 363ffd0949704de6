import type { ParsedSample } from "./exposition.js";
import { DENSE_BUCKETS_MAX, denseLength, limitResolution } from "./native-points.js";
import { type Labels, relabel } from "./relabel.js";
import type { Target } from "./targets.js";

/** A sample that breaks a limit: the scrape as a whole has failed. */
export class LimitError extends Error {
  override readonly name = "LimitError";
}

/**
 * A sample with the labels of its target and after `metric_relabel_configs`; `labels` has all of them but the name.
 * @returns undefined when a rule drops it
 * @throws LimitError when it breaks a limit of the job or has a name that the job does not allow
 */
export function withTargetLabels(
  sample: ParsedSample,
  target: Target,
): { sample: ParsedSample; labels: Labels } | undefined {
  const { settings } = target;
  const { config } = settings;
  const labels: Labels = new Map();
  for (const [name, value] of sample.labels) if (value !== "") labels.set(name, value);
  addTargetLabels(labels, target, config.honor_labels);
  let { name } = sample;
  if (config.metric_relabel_configs.length > 0) {
    labels.set("__name__", name);
    if (relabel(labels, config.metric_relabel_configs) === undefined) return undefined;
    name = labels.get("__name__") ?? "";
    labels.delete("__name__");
    if (name === "") throw new LimitError("a sample has no metric name after metric_relabel_configs");
  }
  for (const label of labels.keys()) if (label.startsWith("__")) labels.delete(label);
  for (const [external, value] of Object.entries(settings.externalLabels)) labels.set(external, value);
  checkLimits(name, labels, target);
  const timestampMs = config.honor_timestamps ? sample.timestampMs : undefined;
  const histogram = sample.histogram === undefined ? undefined : limited(sample.histogram, target);
  return { sample: { ...sample, name, timestampMs, histogram }, labels };
}

/** Labels of the sample that the target has too are kept as `exported_…`, unless `honor_labels` lets them win. */
function addTargetLabels(labels: Labels, target: Target, honors: boolean): void {
  const own: [string, string][] = [["job", target.job], ["instance", target.instance], ...target.labels];
  if (honors) {
    for (const [name, value] of own) if (!labels.has(name)) labels.set(name, value);
    return;
  }
  const conflicts: [string, string][] = [];
  for (const [name, value] of own) {
    const scraped = labels.get(name);
    if (scraped !== undefined) conflicts.push([name, scraped]);
    labels.set(name, value);
  }
  for (const [name, value] of conflicts.sort(([a], [b]) => a.length - b.length)) {
    let exported = `exported_${name}`;
    while (labels.get(exported)) exported = `exported_${exported}`;
    labels.set(exported, value);
  }
}

function checkLimits(name: string, labels: Labels, { settings }: Target): void {
  const { labelLimit, labelNameLimit, labelValueLimit, isValidName } = settings;
  if (!isValidName(name)) throw new LimitError(`invalid metric name ${JSON.stringify(name)}`);
  // The name is a label too.
  if (labelLimit > 0 && labels.size + 1 > labelLimit) {
    throw new LimitError(`label_limit of ${labelLimit} exceeded by ${name}, which has ${labels.size + 1} labels`);
  }
  if (labelNameLimit === 0 && labelValueLimit === 0) return;
  for (const [label, value] of [["__name__", name] as const, ...labels]) {
    if (labelNameLimit > 0 && Buffer.byteLength(label) > labelNameLimit) {
      throw new LimitError(`label_name_length_limit of ${labelNameLimit} exceeded by label ${label} of ${name}`);
    }
    if (labelValueLimit > 0 && Buffer.byteLength(value) > labelValueLimit) {
      throw new LimitError(`label_value_length_limit of ${labelValueLimit} exceeded by label ${label} of ${name}`);
    }
  }
}

function limited(histogram: NonNullable<ParsedSample["histogram"]>, { settings }: Target): ParsedSample["histogram"] {
  const { native_histogram_bucket_limit: bucketLimit } = settings.config;
  const result = limitResolution(histogram, bucketLimit, settings.maxSchema);
  if (result === undefined) throw new LimitError(`native_histogram_bucket_limit of ${bucketLimit} exceeded`);
  if (denseLength(result.positiveSpans) + denseLength(result.negativeSpans) > DENSE_BUCKETS_MAX) {
    throw new LimitError(`a native histogram spans more than ${DENSE_BUCKETS_MAX} buckets`);
  }
  return result;
}
