import type { SampleSeries } from "@venturi/promql";
import { START_MS, STEP_MS } from "./data.js";

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/**
 * What a Prometheus says about itself, scraped again and again, as the series of two targets. The samples are real;
 * their times are spread as if one had waited between the scrapes.
 */
export async function scrapedSeries(url: string, scrapes: number): Promise<SampleSeries[]> {
  const found = new Map<string, { labels: Record<string, string>; times: number[]; values: number[] }>();
  for (let scrape = 0; scrape < 2 * scrapes; scrape++) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const timeMs = START_MS + Math.floor(scrape / 2) * STEP_MS;
    for (const line of text.split("\n")) {
      const match = SAMPLE.exec(line);
      if (match === null) continue;
      const labels = readLabels(match[1] ?? "", match[2] ?? "", `host:${scrape % 2}`);
      const key = JSON.stringify(labels);
      const series = found.get(key) ?? { labels, times: [], values: [] };
      found.set(key, series);
      series.times.push(timeMs);
      series.values.push(Number((match[3] ?? "").replace("Inf", "Infinity")));
    }
  }
  return [...found.values()].map(({ labels, times, values }) => ({
    labels,
    timestampsMs: Float64Array.from(times),
    values: Float64Array.from(values),
  }));
}

function readLabels(name: string, text: string, instance: string): Record<string, string> {
  const labels: Record<string, string> = { __name__: name, instance, job: "prometheus" };
  for (const [, label = "", value = ""] of text.matchAll(LABEL)) labels[label] = value.replaceAll(/\\(.)/g, "$1");
  return labels;
}
