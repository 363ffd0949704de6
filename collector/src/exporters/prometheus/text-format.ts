import { type PrometheusExemplar, wordsToMs } from "@venturi/otlp";
import { escapeHelp, escapeLabelValue } from "../../telemetry/exposition.js";
import type { Accumulator } from "./accumulator.js";
import type { BoundsSlab } from "./count-slabs.js";
import type { ExposedFamily } from "./families.js";
import { goFloat, openMetricsFloat } from "./go-float.js";
import { decodeExemplars, exemplarsByBucket } from "./kept-exemplars.js";
import { type Escaping, escapeName, isLegacyMetric, labelText, parseLabelText, quoted } from "./label-text.js";
import { EXPONENTIAL, HISTOGRAM, NUMBER } from "./series-columns.js";
import type { TextBuffer } from "./text-buffer.js";

export interface TextOptions {
  readonly openMetrics: boolean;
  readonly timestamps: boolean;
  readonly escaping: Escaping;
}

/** A chunk is handed on when it has grown to this. */
const CHUNK_BYTES = 256 * 1024;
const SPACE = 32;
const NEWLINE = 10;
const COMMA = 44;
const OPEN = 123;
const CLOSE = 125;

/**
 * Renders text format 0.0.4 or OpenMetrics 1.0 in chunks. A chunk is valid until the next one is asked for; series that
 * come or go in between are seen as they then are, each whole.
 */
export function* renderText(from: Accumulator, buffer: TextBuffer, options: TextOptions): Generator<Uint8Array> {
  const writer = new TextWriter(from, buffer, options);
  buffer.reset();
  writer.targetInfo(from.targetLabels());
  for (const family of from.families.sorted()) {
    writer.header(family.name, family.type, family.help);
    for (const id of family.series.values()) {
      writer.series(id);
      if (buffer.length < CHUNK_BYTES) continue;
      yield buffer.bytes();
      buffer.reset();
    }
  }
  if (options.openMetrics) buffer.text("# EOF\n");
  yield buffer.bytes();
}

class TextWriter {
  private readonly from: Accumulator;
  private readonly buffer: TextBuffer;
  private readonly options: TextOptions;
  private readonly boundTexts = new Map<BoundsSlab, readonly string[]>();
  /** The family's name as samples write it; for counters of OpenMetrics with `_total`. */
  private name = "";
  private isCounter = false;
  private time = "";

  constructor(from: Accumulator, buffer: TextBuffer, options: TextOptions) {
    this.from = from;
    this.buffer = buffer;
    this.options = options;
  }

  targetInfo(labels: readonly string[]): void {
    if (labels.length === 0) return;
    this.header(this.from.targetInfoName, "gauge", "Target metadata");
    this.time = "";
    for (const one of labels) {
      this.start(this.name, this.escaped(one));
      this.end(this.float(1));
    }
  }

  header(rawName: string, type: ExposedFamily["type"], help: string): void {
    const { openMetrics, escaping } = this.options;
    this.name = escapeName(rawName, escaping);
    this.isCounter = type === "counter";
    const isTotal = this.isCounter && this.name.endsWith("_total");
    let shownType: string = type;
    if (type === "unknown" && !openMetrics) shownType = "untyped";
    if (openMetrics && this.isCounter && !isTotal) shownType = "unknown";
    const base = openMetrics && isTotal ? this.name.slice(0, -"_total".length) : this.name;
    const shown = isLegacyMetric(base) ? base : quoted(base);
    const text = openMetrics ? escapeLabelValue(help) : escapeHelp(help);
    this.buffer.text(`# HELP ${shown} ${text}\n# TYPE ${shown} ${shownType}\n`);
  }

  series(id: number): void {
    const { columns } = this.from;
    const labels = this.escaped(columns.labels[id] as string);
    this.time = this.timeText(wordsToMs(columns.timeHigh[id] as number, columns.timeLow[id] as number));
    const kind = columns.kinds[id];
    if (kind === NUMBER) this.number(id, labels);
    else if (kind === HISTOGRAM) this.histogram(id, labels);
    else if (kind === EXPONENTIAL) this.exponential(id, labels);
    else this.summary(id, labels);
  }

  private number(id: number, labels: string): void {
    const { columns } = this.from;
    this.start(this.name, labels);
    const exemplars = this.isCounter && this.options.openMetrics ? decodeExemplars(columns.exemplars[id]) : [];
    this.end(this.float(columns.values[id] as number), exemplars.at(-1));
  }

  private histogram(id: number, labels: string): void {
    const { columns } = this.from;
    const { buffer } = this;
    const slab = columns.slabs[id] as BoundsSlab;
    const row = columns.rows[id] as number;
    const count = columns.values[id] as number;
    const kept = this.options.openMetrics ? columns.exemplars[id] : undefined;
    const exemplars = kept === undefined ? undefined : exemplarsByBucket(kept, slab.bounds);
    const bounds = this.boundsOf(slab);
    const first = buffer.length;
    this.start(`${this.name}_bucket`, labels, true);
    const prefixEnd = buffer.length;
    let cumulative = 0;
    for (let bucket = 0; bucket < bounds.length; bucket++) {
      if (bucket > 0) buffer.repeat(first, prefixEnd);
      const isLast = bucket === bounds.length - 1;
      cumulative += isLast ? 0 : slab.get(row, bucket);
      buffer.text(bounds[bucket] as string);
      this.count(isLast ? count : cumulative);
      this.finish(exemplars?.[bucket]);
    }
    this.sumAndCount(id, labels);
  }

  /** Text has no native histograms: of one, it tells count and sum. */
  private exponential(id: number, labels: string): void {
    this.start(`${this.name}_bucket`, labels, true);
    this.buffer.text('le="+Inf"} ');
    this.count(this.from.columns.values[id] as number);
    this.finish();
    this.sumAndCount(id, labels);
  }

  private summary(id: number, labels: string): void {
    const { quantiles, values } = this.from.columns.summaries[id] ?? NO_QUANTILES;
    for (let index = 0; index < quantiles.length; index++) {
      this.start(this.name, labels, true);
      this.buffer.text(`quantile="${this.float(quantiles[index] as number)}"} `);
      this.end(this.float(values[index] as number));
    }
    this.sumAndCount(id, labels);
  }

  private sumAndCount(id: number, labels: string): void {
    const { columns } = this.from;
    this.start(`${this.name}_sum`, labels);
    this.end(this.float(columns.sums[id] as number));
    this.start(`${this.name}_count`, labels);
    this.count(columns.values[id] as number);
    this.finish();
  }

  /** `name{labels} `, or up to where one more label goes. */
  private start(name: string, labels: string, hasMore = false): void {
    const { buffer } = this;
    const isPlain = isLegacyMetric(name);
    if (isPlain) buffer.text(name);
    if (isPlain && labels === "" && !hasMore) {
      buffer.byte(SPACE);
      return;
    }
    buffer.byte(OPEN);
    if (!isPlain) buffer.text(quoted(name));
    if (!isPlain && labels !== "") buffer.byte(COMMA);
    buffer.text(labels);
    if (hasMore) {
      if (!isPlain || labels !== "") buffer.byte(COMMA);
      return;
    }
    buffer.byte(CLOSE);
    buffer.byte(SPACE);
  }

  private end(value: string, exemplar?: PrometheusExemplar): void {
    this.buffer.text(value);
    this.finish(exemplar);
  }

  private finish(exemplar?: PrometheusExemplar): void {
    const { buffer } = this;
    if (this.time !== "") buffer.text(this.time);
    if (exemplar !== undefined) {
      const { labels, value, timestampMs } = exemplar;
      buffer.text(` # {${labelText(labels)}} ${openMetricsFloat(value)} ${openMetricsFloat(timestampMs / 1000)}`);
    }
    buffer.byte(NEWLINE);
  }

  private float(value: number): string {
    return this.options.openMetrics ? openMetricsFloat(value) : goFloat(value);
  }

  private count(value: number): void {
    const { buffer } = this;
    if (Number.isInteger(value) && value >= 0 && value < 1e6) buffer.smallInteger(value);
    else buffer.text(this.options.openMetrics ? String(value) : goFloat(value));
  }

  private timeText(timestampMs: number): string {
    if (!this.options.timestamps) return "";
    return ` ${this.options.openMetrics ? openMetricsFloat(timestampMs / 1000) : timestampMs}`;
  }

  /** `le="0.1"} ` of each bucket; +Inf is the last, whether the sender listed it or not. */
  private boundsOf(slab: BoundsSlab): readonly string[] {
    let texts = this.boundTexts.get(slab);
    if (texts === undefined) {
      const finite = Array.from(slab.bounds).filter((bound) => bound !== Number.POSITIVE_INFINITY);
      texts = [...finite.map((bound) => this.float(bound)), "+Inf"].map((bound) => `le="${bound}"} `);
      this.boundTexts.set(slab, texts);
    }
    return texts;
  }

  /** Labels as the scraper takes their names. */
  private escaped(labels: string): string {
    const { escaping } = this.options;
    if (escaping === "allow-utf-8" || (!labels.startsWith('"') && !labels.includes(',"'))) {
      return labels;
    }
    return labelText(parseLabelText(labels).map(([name, value]) => [escapeName(name, escaping), value] as const));
  }
}

const NO_QUANTILES = { quantiles: new Float64Array(0), values: new Float64Array(0) };
