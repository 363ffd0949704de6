import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { resolveTool } from "@venturi/tools";
import { type Child, startChild } from "./child.js";
import { eventually } from "./eventually.js";
import { freePorts } from "./ports.js";

/** A real Prometheus that takes remote write, with exemplars; `scrapes` is YAML of what else it has. */
export async function startWriteTarget(
  folder: string,
  name: string,
  scrapes = "",
  flags: readonly string[] = [],
): Promise<{ url: string; child: Child }> {
  const [port] = (await freePorts(1)) as [number];
  const config = join(folder, `${name}.yml`);
  await writeFile(config, `global: { scrape_interval: 1h }\n${scrapes}`);
  const { path } = await resolveTool("prometheus", { log: console.error });
  const child = startChild(path, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, `${name}-tsdb`)}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--web.enable-remote-write-receiver",
    "--enable-feature=exemplar-storage,native-histograms",
    "--log.level=warn",
    ...flags,
  ]);
  const url = `http://127.0.0.1:${port}`;
  await eventually(`${url} answers`, async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  return { url, child };
}

async function get(url: string): Promise<unknown> {
  const answer = (await (await fetch(url)).json()) as { status: string; data: unknown; error?: string };
  if (answer.status !== "success") throw new Error(`${url}: ${answer.error}`);
  return answer.data;
}

/** All samples and native histograms of the series that match, each as one text. */
export async function writtenSamples(url: string, matcher: string): Promise<string[]> {
  const query = encodeURIComponent(`{${matcher}}[30m]`);
  const { result } = (await get(`${url}/api/v1/query?query=${query}`)) as {
    result: { metric: Record<string, string>; values?: unknown[]; histograms?: unknown[] }[];
  };
  return result.flatMap(({ metric, values = [], histograms = [] }) => {
    const labels = Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1));
    return [...values, ...histograms].map((value) => JSON.stringify([labels, value]));
  });
}

export async function writtenExemplars(url: string, matcher: string): Promise<string[]> {
  const range = `start=${Date.now() / 1000 - 1800}&end=${Date.now() / 1000 + 60}`;
  const data = (await get(`${url}/api/v1/query_exemplars?query=${encodeURIComponent(`{${matcher}}`)}&${range}`)) as {
    seriesLabels: Record<string, string>;
    exemplars: unknown[];
  }[];
  return data.flatMap(({ seriesLabels, exemplars }) => {
    const labels = Object.entries(seriesLabels).sort(([a], [b]) => (a < b ? -1 : 1));
    return exemplars.map((exemplar) => JSON.stringify([labels, exemplar]));
  });
}
