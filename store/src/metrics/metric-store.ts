import { type Batch, isStaleNaN, toPrometheus } from "@venturi/otlp";
import type { FloatHistogram, Matcher, SampleSeries, SeriesSource } from "@venturi/promql";
import type { Database } from "../database/database.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import { readChunks } from "./chunk-reader.js";
import { Exemplars } from "./exemplars.js";
import { LabelBytesCache } from "./label-bytes-cache.js";
import { LabelIndex } from "./label-index.js";
import { Metadata } from "./metadata.js";
import { readSampleLog } from "./sample-log.js";
import { type AppendResult, type LabelPairs, Series } from "./series.js";
import { loadSnapshot } from "./series-snapshot.js";
import { SeriesTable } from "./series-table.js";

export interface MetricSettings {
  readonly retentionMs: number;
  readonly maxSeries: number;
  readonly now: () => number;
}

const exemplarCapacity = 20_000;

/** The latest time that chunks can express: differences of two differences of times must fit a double. */
const maxTimeMs = 1e15;

/**
 * All time series: labels and young samples in memory, older samples as chunks in the database. `metric-compactor.ts`
 * moves samples from the one to the other.
 */
export class MetricStore implements SeriesSource {
  readonly index: LabelIndex = new LabelIndex();
  readonly metadata: Metadata = new Metadata();
  readonly exemplars: Exemplars = new Exemplars(exemplarCapacity);
  /** For receivers of remote write: series by the bytes of the request's label fields. */
  readonly remoteWriteSeries: LabelBytesCache = new LabelBytesCache();
  readonly #table = new SeriesTable();
  /** The translation of OTLP gives the same array for the same series again and again. */
  readonly #byIdentity = new WeakMap<LabelPairs, Series>();
  readonly #database: Database;
  readonly #stats: IngestStats;
  readonly #settings: MetricSettings;
  #nextSeriesId = 1;
  #clockReadFor: PendingWrites | undefined;
  #acceptedFromMs = 0;
  /** Samples held in memory over all series. */
  sampleCount = 0;

  constructor(database: Database, stats: IngestStats, settings: MetricSettings) {
    this.#database = database;
    this.#stats = stats;
    this.#settings = settings;
  }

  /** Reads what an earlier run left: labels, the time range of the chunks, and the samples that were in no chunk yet. */
  async load(): Promise<void> {
    const byId = await this.#loadSeries();
    const oldestMs = this.#oldestMs();
    const count = (result: AppendResult | undefined): void => {
      if (result === "appended") this.sampleCount++;
    };
    for (const row of await this.#database.read("SELECT data FROM metric_log ORDER BY sequence")) {
      readSampleLog((row.data as unknown as { bytes: Uint8Array }).bytes, {
        sample: (id, timeMs, value, stale) => {
          if (timeMs >= oldestMs) count(byId.get(id)?.append(timeMs, value, stale));
        },
        histogram: (id, timeMs, histogram) => {
          if (timeMs >= oldestMs) count(byId.get(id)?.appendHistogram(timeMs, histogram));
        },
      });
    }
    await this.metadata.load(this.#database);
    await this.exemplars.load(this.#database, byId);
  }

  /**
   * Accepts a metrics batch by Prometheus' own translation of OTLP; what it cannot express is counted as dropped.
   * @param latestMs samples after it are refused
   */
  appendBatch(batch: Batch, pending: PendingWrites, latestMs: number = Number.POSITIVE_INFINITY): void {
    const { series, families, dropped } = toPrometheus(batch);
    for (const { reason, count } of dropped) this.#stats.drop(reason, count);
    for (const family of families) this.metadata.set(family.name, family, pending.metadata);
    for (const sample of series) {
      if (sample.timestampMs > latestMs) {
        this.#stats.drop("too_far_in_future", 1);
        continue;
      }
      const stored =
        sample.histogram === undefined
          ? this.append(sample.labels, sample.timestampMs, sample.value, isStaleNaN(sample.value), pending)
          : this.appendHistogram(sample.labels, sample.timestampMs, sample.histogram, pending);
      if (stored === undefined) continue;
      for (const exemplar of sample.exemplars ?? []) {
        this.exemplars.add(stored, exemplar.labels, exemplar.value, exemplar.timestampMs, pending.exemplars);
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
    if (!this.#isTimely(timestampMs, pending)) return undefined;
    const series = this.resolve(labels, pending);
    if (series !== undefined) this.appendTo(series, timestampMs, value, stale, pending);
    return series;
  }

  /** The same for a native histogram; a stale one has the staleness marker as its `sum`. */
  appendHistogram(
    labels: LabelPairs,
    timestampMs: number,
    histogram: FloatHistogram,
    pending: PendingWrites,
  ): Series | undefined {
    if (!this.#isTimely(timestampMs, pending)) return undefined;
    const series = this.resolve(labels, pending);
    if (series !== undefined) this.appendHistogramTo(series, timestampMs, histogram, pending);
    return series;
  }

  /** The series with these labels, made when there is none; undefined, and counted, when there are too many. */
  resolve(labels: LabelPairs, pending: PendingWrites): Series | undefined {
    const known = this.#byIdentity.get(labels) ?? this.#table.find(labels);
    if (known !== undefined && !known.isRemoved) {
      this.#byIdentity.set(labels, known);
      return known;
    }
    if (this.index.size >= this.#settings.maxSeries) {
      this.#stats.drop("series_limit", 1);
      return undefined;
    }
    const series = this.#add(this.#nextSeriesId, labels);
    this.#byIdentity.set(labels, series);
    pending.series.push([series.id, JSON.stringify(series.labels)]);
    return series;
  }

  /** Appends to a series that is known already; a refused sample is counted by reason. */
  appendTo(
    series: Series,
    timestampMs: number,
    value: number,
    stale: boolean,
    pending: PendingWrites,
  ): AppendResult | "too_old" {
    if (!this.#isTimely(timestampMs, pending)) return "too_old";
    const timeMs = Math.trunc(timestampMs);
    const result = series.append(timeMs, value, stale);
    if (this.#count(result)) pending.samples.append(series.id, timeMs, value, stale);
    return result;
  }

  appendHistogramTo(
    series: Series,
    timestampMs: number,
    histogram: FloatHistogram,
    pending: PendingWrites,
  ): AppendResult | "too_old" {
    if (!this.#isTimely(timestampMs, pending)) return "too_old";
    const timeMs = Math.trunc(timestampMs);
    const result = series.appendHistogram(timeMs, histogram);
    if (this.#count(result)) pending.samples.appendHistogram(series.id, timeMs, histogram);
    return result;
  }

  /** Every series that there is has at most this number. */
  get lastSeriesId(): number {
    return this.#nextSeriesId - 1;
  }

  find(labels: LabelPairs): Series | undefined {
    return this.#table.find(labels);
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
    const removed = new Set<Series>();
    for (const series of this.index.series) {
      if (series.maxMs >= cutoffMs) {
        this.sampleCount -= series.dropUntil(cutoffMs - 1);
        series.minMs = Math.max(series.minMs, cutoffMs);
        continue;
      }
      this.sampleCount -= series.length;
      series.isRemoved = true;
      removed.add(series);
    }
    if (removed.size === 0) return [];
    this.index.deleteAll(removed);
    this.#table.forgetRemoved();
    return Array.from(removed, (series) => series.id);
  }

  async #loadSeries(): Promise<Map<number, Series>> {
    const byId = new Map<number, Series>();
    const snapshot = await loadSnapshot(this.#database);
    for (const series of snapshot?.series ?? []) {
      this.#keep(series);
      byId.set(series.id, series);
    }
    const [ids = [], labels = []] = await this.#database.readColumns(
      "SELECT id, labels FROM metric_series WHERE id > $1 ORDER BY id",
      [snapshot?.maxId ?? 0],
    );
    for (let row = 0; row < ids.length; row++) {
      const pairs = Object.entries(JSON.parse(String(labels[row])) as Record<string, string>);
      const series = this.#add(Number(ids[row]), pairs);
      byId.set(series.id, series);
    }
    return byId;
  }

  #oldestMs(): number {
    return this.#settings.now() - this.#settings.retentionMs;
  }

  /** The clock is read once per transaction's worth of samples. */
  #isTimely(timestampMs: number, pending: PendingWrites): boolean {
    if (pending !== this.#clockReadFor) {
      this.#clockReadFor = pending;
      this.#acceptedFromMs = Math.max(this.#oldestMs(), -maxTimeMs);
    }
    if (timestampMs >= this.#acceptedFromMs && timestampMs <= maxTimeMs) return true;
    this.#stats.drop("too_old", 1);
    return false;
  }

  /** Whether the sample is new and must be logged. */
  #count(result: AppendResult): boolean {
    if (result === "appended") {
      this.sampleCount++;
      this.#stats.samples++;
      return true;
    }
    if (result !== "duplicate") this.#stats.drop(result, 1);
    return false;
  }

  #add(id: number, pairs: LabelPairs): Series {
    const series = new Series(id, this.index.canonical(pairs));
    this.#keep(series);
    return series;
  }

  #keep(series: Series): void {
    this.#table.add(series);
    this.index.add(series);
    this.#nextSeriesId = Math.max(this.#nextSeriesId, series.id + 1);
  }
}
