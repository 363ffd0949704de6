import { beforeAll, describe, expect, test } from "vitest";
import { randomData, SLICE_MS, START_MS, STEP_MS } from "./promql/data.js";
import { Differential, startEmptyPrometheus } from "./promql/differential.js";
import { randomQuestion } from "./promql/questions.js";
import { Random } from "./promql/random.js";
import { remoteWrite } from "./promql/remote-write.js";
import { scrapedSeries } from "./promql/scraped.js";
import { expandTemplate, TEMPLATES } from "./promql/templates.js";
import { cleanup } from "./support/cleanup.js";

const { defer, temporaryFolder } = cleanup();

async function prometheus(): Promise<string> {
  const { url, child } = await startEmptyPrometheus(await temporaryFolder());
  defer(() => child.stop());
  return url;
}

describe("our PromQL engine answers as Prometheus does", () => {
  const SEED = 2026;
  const QUESTIONS = 3000;

  test(`${QUESTIONS} random questions about random data, seed ${SEED}`, async () => {
    const url = await prometheus();
    const random = new Random(SEED);
    const series = randomData(random);
    await remoteWrite(url, series, SLICE_MS);
    const differential = new Differential(url, series);
    for (let i = 0; i < QUESTIONS; i++) expect(await differential.ask(randomQuestion(random))).toBeUndefined();
  });
});

describe("the queries of prometheus/compliance, on what a Prometheus says about itself", () => {
  const SCRAPES = 120;
  let differential: Differential;

  beforeAll(async () => {
    const [scraped, url] = [await prometheus(), await prometheus()];
    const series = await scrapedSeries(scraped, SCRAPES);
    await remoteWrite(url, series, SLICE_MS);
    differential = new Differential(url, series);
  });

  test.each(TEMPLATES)("%s", async (template) => {
    const endMs = START_MS + SCRAPES * STEP_MS;
    for (const query of expandTemplate(template)) {
      const range = { query, startMs: START_MS + 60_000, endMs, stepMs: 60_000 };
      expect(await differential.ask(range)).toBeUndefined();
      expect(await differential.ask({ query, startMs: endMs, endMs, stepMs: 0 })).toBeUndefined();
    }
  });
});
