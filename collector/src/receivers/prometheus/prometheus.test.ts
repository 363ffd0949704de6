import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, isStaleNaN, type PrometheusSeries, toPrometheus } from "@venturi/otlp";
import { expect, test } from "vitest";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { type Sink, startSink } from "../../testing/sink.test.fixture.js";
import { prometheusReceiverSchema } from "./config.js";
import { type Job, jobsOf } from "./job.js";
import { prometheusReceiver } from "./prometheus.js";
import { ScrapeClient } from "./scrape-client.js";
import { Scraper } from "./scraper.js";
import { type Target, targetsOf } from "./targets.js";

interface Scrapes {
  readonly sink: Sink;
  readonly host: TestHost;
  /** Scrapes once. */
  next(): Promise<PrometheusSeries[]>;
  /** What the target leaves when it is gone. */
  retire(): Promise<PrometheusSeries[]>;
  stop(): Promise<void>;
}

/** A scraper of a server that shows one page after another; a number is a status without page. */
async function scrape(
  pages: readonly (string | number)[],
  scrapeConfig: object = {},
  type = "text/plain",
  global: object = {},
): Promise<Scrapes> {
  const sink = await startSink();
  sink.answer = (_request, index) => {
    const page = pages[Math.min(index, pages.length - 1)] as string | number;
    return typeof page === "number" ? { status: page } : { status: 200, body: page, headers: { "content-type": type } };
  };
  const batches: Batch[] = [];
  const output = { consume: (batch: Batch) => void batches.push(batch) };
  const targets = [{ targets: [sink.url.slice("http://".length)], labels: { env: "test" } }];
  const [job] = jobsOf(
    prometheusReceiverSchema.parse({
      config: { global, scrape_configs: [{ job_name: "shop", static_configs: targets, ...scrapeConfig }] },
    }),
  ) as [Job];
  const client = new ScrapeClient("test", job.config);
  const host = testHost("receiver", "prometheus");
  const scraper = new Scraper(targetsOf(job, targets)[0] as Target, client, output, host);
  const stop = async (): Promise<void> => {
    await scraper.stop();
    await client.close();
    await sink.close();
  };
  return {
    sink,
    host,
    next: async () => {
      await scraper.scrape();
      return toPrometheus(batches.shift() as Batch).series;
    },
    retire: async () => {
      await scraper.retire();
      await stop();
      return toPrometheus(batches.shift() as Batch).series;
    },
    stop,
  };
}

const byName = (series: readonly PrometheusSeries[], name: string) =>
  series.filter(({ labels }) => labels.some(([label, value]) => label === "__name__" && value === name));
const value = (series: readonly PrometheusSeries[], name: string) => byName(series, name)[0]?.value;
const label = (series: PrometheusSeries | undefined, name: string) =>
  series?.labels.find(([other]) => other === name)?.[1];

test("a page comes out as it went in, with job, instance and the target's labels", async () => {
  const page = `# TYPE c_total counter
c_total{x="1",env="scraped"} 5
# TYPE g gauge
g 1.5
# TYPE h_seconds histogram
h_seconds_bucket{le="0.1"} 1
h_seconds_bucket{le="+Inf"} 3
h_seconds_sum 2.5
h_seconds_count 3
# TYPE s summary
s{quantile="0.5"} 7
s_sum 8
s_count 9
untyped 4
`;
  const scrapes = await scrape([page]);
  const series = await scrapes.next();
  const counter = byName(series, "c_total")[0];
  expect(["job", "instance", "env", "exported_env", "x"].map((name) => label(counter, name))).toEqual([
    "shop",
    scrapes.sink.url.slice(7),
    "test",
    "scraped",
    "1",
  ]);
  expect(
    [
      "c_total",
      "g",
      "h_seconds_sum",
      "h_seconds_count",
      "s",
      "s_sum",
      "s_count",
      "untyped",
      "up",
      "scrape_samples_scraped",
    ].map((name) => value(series, name)),
  ).toEqual([5, 1.5, 2.5, 3, 7, 8, 9, 4, 1, 10]);
  expect(byName(series, "h_seconds_bucket").map((one) => [label(one, "le"), one.value])).toEqual([
    ["0.1", 1],
    ["+Inf", 3],
  ]);
  expect(value(series, "scrape_duration_seconds")).toBeGreaterThan(0);
  await scrapes.stop();
});

test("a series that vanishes gets a stale marker, once; a failed scrape makes all stale and up 0", async () => {
  const scrapes = await scrape(["a 1\nb 2\n", "a 1\n", "a 1\n", 500, 500]);
  expect(value(await scrapes.next(), "b")).toBe(2);
  expect(isStaleNaN(value(await scrapes.next(), "b") as number)).toBe(true);
  const third = await scrapes.next();
  expect([value(third, "a"), value(third, "b"), value(third, "up")]).toEqual([1, undefined, 1]);
  const failed = await scrapes.next();
  expect([isStaleNaN(value(failed, "a") as number), value(failed, "up")]).toEqual([true, 0]);
  expect(value(await scrapes.next(), "a")).toBeUndefined();
  await scrapes.stop();
});

test("OpenMetrics exemplars and units survive", async () => {
  const page = `# TYPE d_seconds histogram
# UNIT d_seconds seconds
d_seconds_bucket{le="1"} 1 # {trace_id="0123456789abcdef0123456789abcdef"} 0.5
d_seconds_bucket{le="+Inf"} 1
d_seconds_count 1
d_seconds_sum 0.5
# EOF
`;
  const scrapes = await scrape([page], {}, "application/openmetrics-text; version=1.0.0");
  const buckets = byName(await scrapes.next(), "d_seconds_bucket");
  expect(buckets.flatMap(({ exemplars }) => exemplars ?? []).map(({ value: one, labels }) => [one, labels])).toEqual([
    [0.5, [["trace_id", "0123456789abcdef0123456789abcdef"]]],
  ]);
  await scrapes.stop();
});

test("metric_relabel_configs drop and rename; sample_limit fails the scrape", async () => {
  const rules = [
    { source_labels: ["__name__"], regex: "b", action: "drop" },
    { source_labels: ["__name__"], regex: "a", target_label: "__name__", replacement: "renamed" },
  ];
  const relabelled = await scrape(["a 1\nb 2\n"], { metric_relabel_configs: rules });
  const series = await relabelled.next();
  expect([
    value(series, "renamed"),
    value(series, "a"),
    value(series, "b"),
    value(series, "scrape_samples_post_metric_relabeling"),
  ]).toEqual([1, undefined, undefined, 1]);
  await relabelled.stop();
  const limited = await scrape(["a 1\nb 2\n"], { sample_limit: 1 });
  expect(value(await limited.next(), "up")).toBe(0);
  await limited.stop();
});

test("the request says who asks and what it takes", async () => {
  const scrapes = await scrape(["a 1\n"], {
    metrics_path: "/m",
    params: { x: ["1", "2"] },
    basic_auth: { username: "u", password: "p" },
  });
  await scrapes.next();
  const [request] = scrapes.sink.requests;
  expect(request?.path).toBe("/m?x=1&x=2");
  expect(request?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from("u:p").toString("base64")}`,
    "accept-encoding": "gzip",
  });
  expect(request?.headers.accept).toContain("application/openmetrics-text");
  await scrapes.stop();
});

test("the receiver scrapes again and again, and stops", async () => {
  const sink = await startSink();
  sink.answer = () => ({ status: 200, body: "a 1\n" });
  const config = prometheusReceiver.schema.parse({
    config: {
      scrape_configs: [
        { job_name: "j", scrape_interval: "100ms", static_configs: [{ targets: [sink.url.slice("http://".length)] }] },
      ],
    },
  });
  const output = { consume: () => undefined };
  const receiver = prometheusReceiver.create(config, { metrics: output }, testHost("receiver", "prometheus"));
  await receiver.start();
  await sink.received(3);
  await receiver.shutdown();
  const { length } = sink.requests;
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(sink.requests.length).toBe(length);
  await sink.close();
});

test.each([
  [{ label_limit: 3 }, "label_limit of 3 exceeded"],
  [{ label_name_length_limit: 5 }, "label_name_length_limit of 5 exceeded"],
  [{ label_value_length_limit: 3 }, "label_value_length_limit of 3 exceeded"],
  [{ body_size_limit: "3B" }, "body size limit of 3 bytes exceeded"],
  [{ metric_name_validation_scheme: "legacy" }, "invalid metric name"],
])("%j fails the scrape and says why", async (options, message) => {
  const scrapes = await scrape(['{"dotted.name",label="x"} 1\n'], options);
  expect(value(await scrapes.next(), "up")).toBe(0);
  expect(scrapes.host.lines.join()).toContain(message);
  await scrapes.stop();
});

test("a target that is gone takes its series with it", async () => {
  const scrapes = await scrape(["a 1\n"]);
  expect(value(await scrapes.next(), "up")).toBe(1);
  const last = await scrapes.retire();
  expect(["a", "up", "scrape_samples_scraped"].map((name) => isStaleNaN(value(last, name) as number))).toEqual([
    true,
    true,
    true,
  ]);
});

test("targets come and go with their file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "venturi-targets-"));
  const sinks = [await startSink(), await startSink()] as const;
  for (const sink of sinks) sink.answer = () => ({ status: 200, body: "a 1\n" });
  const list = (...chosen: Sink[]): void => {
    const targets = chosen.map(({ url }) => url.slice("http://".length));
    writeFileSync(join(folder, "new"), JSON.stringify([{ targets }]));
    renameSync(join(folder, "new"), join(folder, "targets.json"));
  };
  list(sinks[0]);
  const config = prometheusReceiver.schema.parse({
    config: {
      scrape_configs: [
        { job_name: "j", scrape_interval: "50ms", file_sd_configs: [{ files: [join(folder, "targets.json")] }] },
      ],
    },
  });
  let ended: () => void = () => {};
  const isEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const gone = sinks[0].url.slice("http://".length);
  const output = {
    consume: (batch: Batch) => {
      const up = byName(toPrometheus(batch).series, "up")[0];
      if (up !== undefined && isStaleNaN(up.value) && label(up, "instance") === gone) ended();
      return undefined;
    },
  };
  const receiver = prometheusReceiver.create(config, { metrics: output }, testHost("receiver", "prometheus"));
  await receiver.start();
  await sinks[0].received(2);
  list(sinks[1]);
  await Promise.all([isEnded, sinks[1].received(2)]);
  await receiver.shutdown();
  for (const sink of sinks) await sink.close();
  rmSync(folder, { recursive: true });
});
