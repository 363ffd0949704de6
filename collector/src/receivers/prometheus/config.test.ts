import { expect, test } from "vitest";
import { prometheusReceiverSchema } from "./config.js";
import { jobsOf } from "./job.js";
import { targetsOf } from "./targets.js";

function jobOf(scrape: object, global: object = {}) {
  const config = prometheusReceiverSchema.parse({ config: { global, scrape_configs: [{ job_name: "j", ...scrape }] } });
  const [job] = jobsOf(config);
  if (job === undefined) throw new Error("no job");
  return job;
}

function problem(scrape: object, more: object = {}): string {
  const input = { config: { scrape_configs: [{ job_name: "j", ...scrape }], ...more } };
  return prometheusReceiverSchema.safeParse(input).error?.message ?? "";
}

test("what a job does not say comes from global", () => {
  const global = { scrape_interval: "30s", sample_limit: 5, body_size_limit: "10MB", external_labels: { a: "b" } };
  expect(jobOf({}, global)).toMatchObject({
    intervalMs: 30_000,
    timeoutMs: 10_000,
    sampleLimit: 5,
    bodyBytes: 10 * 2 ** 20,
    externalLabels: { a: "b" },
  });
  expect(jobOf({ scrape_interval: "5s", sample_limit: 7, body_size_limit: "1KiB" }, global)).toMatchObject({
    intervalMs: 5000,
    timeoutMs: 5000,
    sampleLimit: 7,
    bodyBytes: 1024,
  });
});

test("the Accept header lists the protocols by weight, protobuf first for native histograms", () => {
  expect(jobOf({}).accept).toBe(
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  );
  expect(jobOf({ scrape_native_histograms: true }).accept).toMatch(/^application\/vnd\.google\.protobuf;.*;q=0\.6,/);
  expect(jobOf({ scrape_protocols: ["PrometheusText0.0.4"] }).accept).toBe("text/plain;version=0.0.4;q=0.6,*/*;q=0.5");
  expect(jobOf({ metric_name_validation_scheme: "legacy" }).accept).toContain("escaping=underscores");
});

test.each([
  [{ basic_auth: { username: "u" }, authorization: { credentials: "t" } }, "at most one of basic_auth, authorization"],
  [{ authorization: { type: "Basic" } }, 'use \\"basic_auth\\" instead'],
  [{ scrape_interval: "5s", scrape_timeout: "6s" }, "scrape timeout greater than scrape interval"],
  [{ consul_sd_configs: [{}] }, "not supported: consul_sd_configs"],
  [{ relabel_configs: [{ action: "hashmod", target_label: "a" }] }, "requires non-zero modulus"],
  [{ relabel_configs: [{ source_labels: ["a"], action: "lowercase" }] }, "requires 'target_label' value"],
  [{ relabel_configs: [{ regex: "(" }] }, "cannot read regular expression"],
  [{ metric_relabel_configs: [{ action: "labeldrop", source_labels: ["a"] }] }, "requires only 'regex'"],
  [{ dns_sd_configs: [{ names: ["a"], type: "A" }] }, "a port is required"],
  [{ file_sd_configs: [{ files: ["a/*/b.json"] }] }, "is not valid for file discovery"],
  [{ body_size_limit: "ten" }, "is not a size"],
])("%j: %s", (scrape, message) => expect(problem(scrape)).toContain(message));

test("what a receiver cannot do is refused by name", () => {
  expect(problem({}, { remote_write: [] })).toContain("not a part of the receiver");
  expect(problem({}, { scrape_config_files: ["x"] })).toContain("not supported");
  expect(prometheusReceiverSchema.safeParse({ config: {} }).error?.message).toContain("nothing to scrape");
});

test("relabelling decides on URL, interval and labels; a target that is dropped or found twice is not scraped twice", () => {
  const job = jobOf({
    params: { module: ["a", "b"], x: ["1"] },
    relabel_configs: [
      { source_labels: ["__address__"], regex: "gone.*", action: "drop" },
      { source_labels: ["__meta_path"], regex: "(.+)", target_label: "__metrics_path__" },
      { source_labels: ["__meta_path"], regex: ".+", target_label: "__scheme__", replacement: "https" },
      { source_labels: ["__meta_path"], regex: ".+", target_label: "__param_module", replacement: "c" },
      { source_labels: ["__meta_path"], regex: ".+", target_label: "__scrape_interval__", replacement: "3s" },
    ],
  });
  const groups = [
    { targets: ["a:1", "a:1", "gone:2"], labels: { zone: "z" } },
    { targets: ["b:2"], labels: { __meta_path: "/m?y=2" } },
  ];
  const targets = targetsOf(job, groups);
  expect(targets.map(({ url, instance, intervalMs, labels }) => [url, instance, intervalMs, ...labels])).toEqual([
    ["http://a:1/metrics?module=a&module=b&x=1", "a:1", 60_000, ["zone", "z"]],
    ["https://b:2/m?y=2&module=c&module=b&x=1", "b:2", 3000],
  ]);
});
