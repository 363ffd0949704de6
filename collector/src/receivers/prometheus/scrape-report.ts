/** What there is to tell about a scrape. */
export interface ScrapeReport {
  /** 1 when the scrape succeeded. */
  up: number;
  durationSeconds: number;
  samples: number;
  samplesKept: number;
  seriesAdded: number;
  timeoutSeconds: number;
  sampleLimit: number;
  bodyBytes: number;
}

interface ReportDefinition {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Only with `extra_scrape_metrics`; of these the Collector knows no type. */
  readonly isExtra: boolean;
  readonly read: (report: ScrapeReport) => number;
}

/** The metrics that Prometheus adds to every target. */
export const REPORT_METRICS: readonly ReportDefinition[] = [
  define("up", "The scraping was successful", "", ({ up }) => up),
  define("scrape_duration_seconds", "Duration of the scrape", "seconds", ({ durationSeconds }) => durationSeconds),
  define("scrape_samples_scraped", "The number of samples the target exposed", "", ({ samples }) => samples),
  define(
    "scrape_samples_post_metric_relabeling",
    "The number of samples remaining after metric relabeling was applied",
    "",
    ({ samplesKept }) => samplesKept,
  ),
  define(
    "scrape_series_added",
    "The approximate number of new series in this scrape",
    "",
    (report) => report.seriesAdded,
  ),
  define("scrape_timeout_seconds", "", "", ({ timeoutSeconds }) => timeoutSeconds, true),
  define("scrape_sample_limit", "", "", ({ sampleLimit }) => sampleLimit, true),
  define("scrape_body_size_bytes", "", "", ({ bodyBytes }) => bodyBytes, true),
];

function define(
  name: string,
  description: string,
  unit: string,
  read: ReportDefinition["read"],
  isExtra = false,
): ReportDefinition {
  return { name, description, unit, read, isExtra };
}
