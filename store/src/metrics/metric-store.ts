import { type Batch, isStaleNaN, toPrometheus } from "@venturi/otlp";
import type { Matcher, SampleSeries, SeriesSource } from "@venturi/promql";
import type { Database } from "../database/database.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import { readChunks } from "./chunk-reader.js";
import { Exemplars } from "./exemplars.js";
import { LabelIndex } from "./label-index.js";
import { Metadata } from "./metadata.js";
import { readSampleLog } from "./sample-log.js";
import { type LabelPairs, Series } from "./series.js";

export interface MetricSettings {
  readonly retentionMs: number;
  readonly maxSeries: number;
  readonly now: () => number;
}

const exemplarCapacity = 20_000;

/**
 * All time series: labels and young samples in memory, older samples as chunks in the database. `metric-compactor.ts`
 * moves samples from the one to the other.
 */
export class MetricStore implements SeriesSource {
  readonly index: LabelIndex = new LabelIndex();
  readonly metadata: Metadata = new Metadata();
  readonly exemplars: Exemplars = new Exemplars(exemplarCapacity);
  readonly #byKey = new Map<string, Series>();
  readonly #database: Database;
  readonly #stats: IngestStats;
  readonly #settings: MetricSettings;
  #nextSeriesId = 1;
  /** Samples held in memory over all series. */
  sampleCount = 0;

  constructor(database: Database, stats: IngestStats, settings: MetricSettings) {
    this.#database = database;
    this.#stats = stats;
    this.#settings = settings;
  }

  /** Reads what an earlier run left: labels, the time range of the chunks, and the samples that were in no chunk yet. */
  async load(): Promise<void> {
    const byId = new Map<number, Series>();
    for (const row of await this.#database.read("SELECT id, labels FROM metric_series ORDER BY id")) {
      const pairs = Object.entries(JSON.parse(String(row.labels)) as Record<string, string>);
      const series = this.#add(Number(row.id), pairs);
      byId.set(series.id, series);
    }
    const bounds = "SELECT series_id, min(min_ms) AS first, max(max_ms) AS last FROM metric_chunks GROUP BY series_id";
    for (const row of await this.#database.read(bounds)) {
      const series = byId.get(Number(row.series_id));
      if (series === undefined) continue;
      series.minMs = Number(row.first);
      series.maxMs = series.chunkMaxMs = Number(row.last);
    }
    for (const row of await this.#database.read("SELECT data FROM metric_log ORDER BY sequence")) {
      readSampleLog((row.data as unknown as { bytes: Uint8Array }).bytes, (id, timeMs, value, stale) => {
        if (byId.get(id)?.append(timeMs, value, stale) === "appended") this.sampleCount++;
      });
    }
    await this.metadata.load(this.#database);
  }

  /** Accepts a metrics batch by Prometheus' own translation of OTLP; what it cannot express is counted as dropped. */
  appendBatch(batch: Batch, pending: PendingWrites): void {
    const { series, families, dropped } = toPrometheus(batch);
    for (const { reason, count } of dropped) this.#stats.drop(reason, count);
    for (const family of families) this.metadata.set(family.name, family, pending.metadata);
    for (const sample of series) {
      const stored = this.append(sample.labels, sample.timestampMs, sample.value, isStaleNaN(sample.value), pending);
      if (stored === undefined) continue;
      for (const exemplar of sample.exemplars ?? []) {
        this.exemplars.add(stored, exemplar.labels, exemplar.value, exemplar.timestampMs);
      }
    }
  }

  /** Appends one sample; a refused one is counted by reason. Answers the series unless it was refused as a whole. */
  append(
    labels: LabelPairs,
    timestampMs: number,
    value: number,
    stale: boolean,
    pending: PendingWrites,
  ): Series | undefined {
    const timeMs = Math.trunc(timestampMs);
    if (!(timeMs >= this.#settings.now() - this.#settings.retentionMs) || timeMs > maxTimeMs) {
      this.#stats.drop("too_old", 1);
      return undefined;
    }
    const series = this.#seriesOf(labels, pending);
    if (series === undefined) {
      this.#stats.drop("series_limit", 1);
      return undefined;
    }
    const result = series.append(timeMs, value, stale);
    if (result === "appended") {
      this.sampleCount++;
      this.#stats.samples++;
      pending.samples.append(series.id, timeMs, value, stale);
    } else if (result !== "duplicate") this.#stats.drop(result, 1);
    return series;
  }

  find(labels: LabelPairs): Series | undefined {
    return this.#byKey.get(keyOf(labels));
  }

  async select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]> {
    const selected = this.selectSeries(matchers, startMs, endMs);
    return readChunks(this.#database, selected, startMs, endMs);
  }

  /** Series that have a sample somewhere between their first and last within the time range. */
  selectSeries(matchers: readonly Matcher[], startMs: number, endMs: number): Series[] {
    return this.index.select(matchers).filter((series) => series.maxMs >= startMs && series.minMs <= endMs);
  }

  /** Forgets series whose newest sample is older than `cutoffMs`; answers their numbers. */
  removeOlderThan(cutoffMs: number): number[] {
    const removed: number[] = [];
    for (const series of [...this.index.series]) {
      if (series.maxMs >= cutoffMs) {
        this.sampleCount -= series.dropUntil(cutoffMs - 1);
        series.minMs = Math.max(series.minMs, cutoffMs);
        continue;
      }
      this.sampleCount -= series.length;
      this.index.delete(series);
      this.#byKey.delete(keyOf(Object.entries(series.labels)));
      removed.push(series.id);
    }
    return removed;
  }

  #seriesOf(labels: LabelPairs, pending: PendingWrites): Series | undefined {
    const key = keyOf(labels);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.index.size >= this.#settings.maxSeries) return undefined;
    const series = this.#add(this.#nextSeriesId, labels, key);
    pending.series.push([series.id, JSON.stringify(series.labels)]);
    return series;
  }

  #add(id: number, labels: LabelPairs, key: string = keyOf(labels)): Series {
    const series = new Series(id, labels);
    this.#byKey.set(key, series);
    this.index.add(series);
    this.#nextSeriesId = Math.max(this.#nextSeriesId, id + 1);
    return series;
  }
}

/** The latest time that JavaScript dates, and the file, can express. */
const maxTimeMs = 8.64e15;

/** Neither separator occurs in UTF-8 text, so different label sets never share a key. */
function keyOf(labels: LabelPairs): string {
  let key = "";
  for (const [name, value] of labels) key += `${name}\ud800${value}\udbff`;
  return key;
}
