import type { PrometheusHistogram } from "@venturi/otlp";

export type MetricType =
  | "counter"
  | "gauge"
  | "histogram"
  | "summary"
  | "unknown"
  | "info"
  | "stateset"
  | "gaugehistogram";

export type LabelPairs = readonly (readonly [name: string, value: string])[];

export interface ParsedExemplar {
  readonly labels: LabelPairs;
  readonly value: number;
  readonly timestampMs?: number | undefined;
}

export interface ParsedSample {
  readonly name: string;
  /** Without the name. */
  readonly labels: LabelPairs;
  /** 0 where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: PrometheusHistogram | undefined;
  readonly timestampMs?: number | undefined;
  readonly exemplars?: readonly ParsedExemplar[] | undefined;
  /** Since when the target counts; formats with text tell it by `_created` samples instead. */
  readonly createdMs?: number | undefined;
}

export interface MetricMetadata {
  type: MetricType;
  help: string;
  unit: string;
}

/** What a target showed, whatever the format. */
export interface Exposition {
  readonly samples: readonly ParsedSample[];
  /** By the name of the family. */
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

/** Bytes that are no exposition. */
export class ExpositionError extends Error {
  override readonly name: string = "ExpositionError";
}
