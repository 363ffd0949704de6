import { batchToBytes, readBatch } from "@venturi/otlp";
import { prometheusReceiverSchema } from "../../../../collector/dist/receivers/prometheus/config.js";
import { type Job, jobsOf } from "../../../../collector/dist/receivers/prometheus/job.js";
import { readPage } from "../../../../collector/dist/receivers/prometheus/protocols.js";
import { withTargetLabels } from "../../../../collector/dist/receivers/prometheus/sample-labels.js";
import { writeScrape } from "../../../../collector/dist/receivers/prometheus/scrape-batch.js";
import { SeriesTracker } from "../../../../collector/dist/receivers/prometheus/series-tracker.js";
import { type Target as ScrapeTarget, targetsOf } from "../../../../collector/dist/receivers/prometheus/targets.js";
import { type Scraped, Transaction } from "../../../../collector/dist/receivers/prometheus/transaction.js";
import type { Random } from "../../promql/random.js";
import { mutateProtobuf } from "../mutate-protobuf.js";
import { EXPOSITION_GRAMMAR, mutateText } from "../mutate-text.js";
import { mutated, withSelector } from "../mutated.js";
import { metricFamilySeeds, openMetricsSeeds, textSeeds } from "../seeds.js";
import { must, type RunningTarget, unlessRefused } from "../target.js";
import { checkBatch } from "./batch-promises.js";

interface Format {
  readonly contentType: string;
  readonly seeds: readonly Buffer[];
  readonly mutate: typeof mutateProtobuf;
}

const mutateExposition: typeof mutateProtobuf = (bytes, random, others) =>
  mutateText(bytes, random, others, EXPOSITION_GRAMMAR);
const FORMATS: readonly Format[] = [
  { contentType: "text/plain", seeds: textSeeds, mutate: mutateExposition },
  { contentType: "application/openmetrics-text", seeds: openMetricsSeeds, mutate: mutateExposition },
  {
    contentType: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    seeds: metricFamilySeeds,
    mutate: mutateProtobuf,
  },
];
const TIME_MS = 1_700_000_000_000;

/** Pages of scraped targets, through the scraper's own steps to the batch that it hands on. */
export async function start(): Promise<RunningTarget> {
  const targets = [{ targets: ["127.0.0.1:1"], labels: { env: "test" } }];
  const config = { scrape_configs: [{ job_name: "shop", static_configs: targets, scrape_native_histograms: true }] };
  const [job] = jobsOf(prometheusReceiverSchema.parse({ config })) as [Job];
  const [target] = targetsOf(job, targets) as [ScrapeTarget];
  return {
    make: (random: Random) => {
      const index = random.below(FORMATS.length);
      const { seeds, mutate } = FORMATS[index] as Format;
      return withSelector(index + FORMATS.length * random.below(2), mutated(seeds, random, mutate));
    },
    run: (input) => run(input, target),
  };
}

function run(input: Buffer, target: ScrapeTarget): boolean {
  const selector = input[0] ?? 0;
  const { contentType } = FORMATS[selector % FORMATS.length] as Format;
  const native = { native: true, alwaysClassic: selector >= FORMATS.length };
  const scraped = unlessRefused(["ExpositionError", "TextError", "LimitError"], (): Scraped => {
    const page = readPage({ body: input.subarray(1), contentType }, "PrometheusText0.0.4", native);
    const transaction = new Transaction(page.metadata, target, TIME_MS);
    for (const sample of page.samples) {
      const kept = withTargetLabels(sample, target);
      if (kept !== undefined) transaction.add(kept.sample, kept.labels);
    }
    return transaction.finish();
  });
  if (scraped === undefined) return false;
  const tracker = new SeriesTracker();
  const { series } = tracker.advance(scraped, TIME_MS, false);
  must(series.length <= scraped.series.length, "a first scrape has series that ended");
  const options = { timeMs: TIME_MS, trimsSuffixes: selector >= FORMATS.length };
  for (const shown of [series, tracker.end(TIME_MS)]) {
    const batch = writeScrape(target, { ...scraped, series: shown }, [], options);
    const bytes = batchToBytes(batch);
    const read = readBatch("metrics", bytes);
    must(read.itemCount === batch.itemCount, `a scrape of ${batch.itemCount} points reads as ${read.itemCount}`);
    checkBatch(read, bytes);
  }
  return true;
}
