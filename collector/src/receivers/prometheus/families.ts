import type { MetricMetadata } from "./exposition.js";

/** How the samples of a name become OTLP. */
export type FamilyKind = "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary";

export interface Family {
  /** What the metric is called in OTLP. */
  readonly name: string;
  /** What the target called it. */
  readonly exposedName: string;
  readonly kind: FamilyKind;
  readonly monotonic: boolean;
  readonly metadata: Readonly<MetricMetadata>;
}

const TRIMMABLE = ["_bucket", "_count", "_sum", "_total", "_info", "_created"];
const UNKNOWN: MetricMetadata = { type: "unknown", help: "", unit: "" };

/** Finds the family that samples belong to, by what the target said about its families. */
export class Families {
  private readonly metadata: ReadonlyMap<string, Readonly<MetricMetadata>>;
  private readonly known = new Map<string, Family>();

  constructor(metadata: ReadonlyMap<string, Readonly<MetricMetadata>>) {
    this.metadata = metadata;
  }

  /** `isNative`: the sample is a native histogram. */
  of(sample: string, isNative: boolean): Family {
    const key = isNative ? `${sample}\n` : sample;
    let family = this.known.get(key);
    if (family === undefined) this.known.set(key, (family = this.find(sample, isNative)));
    return family;
  }

  private find(sample: string, isNative: boolean): Family {
    const exact = this.metadata.get(sample);
    const trimmed = withoutSuffix(sample);
    const byTrimmed = exact === undefined ? this.metadata.get(trimmed) : undefined;
    const metadata = exact ?? byTrimmed ?? UNKNOWN;
    const exposedName = byTrimmed === undefined ? sample : trimmed;
    let name = sample;
    if (byTrimmed?.type === "counter") name = sample.endsWith("_created") ? `${trimmed}_total` : sample;
    else if (byTrimmed !== undefined) name = trimmed;
    const kind = isNative ? "exponentialHistogram" : kindOf(metadata.type);
    return { name, exposedName, kind, monotonic: metadata.type === "counter", metadata };
  }
}

/** OTLP has nothing for gauge histograms: as in the Collector each of their buckets is a gauge. */
function kindOf(type: MetricMetadata["type"]): FamilyKind {
  switch (type) {
    case "counter":
    case "info":
    case "stateset":
      return "sum";
    case "gauge":
    case "unknown":
    case "gaugehistogram":
      return "gauge";
    case "histogram":
    case "summary":
      return type;
  }
}

function withoutSuffix(name: string): string {
  const suffix = TRIMMABLE.find((one) => name.endsWith(one) && name !== one);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}
