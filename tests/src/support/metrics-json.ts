import { readFile } from "node:fs/promises";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Objects = { [key: string]: Json }[];

/** One data point of an OTLP/JSON file as a text that says all about it, times and scope of the scraper left out. */
export async function pointsInFile(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8");
  const points: string[] = [];
  for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
    if (line !== "") readRequest(JSON.parse(line), points);
  }
  return points;
}

function readRequest(request: { [key: string]: Json }, points: string[]): void {
  for (const resource of (request.resourceMetrics ?? []) as Objects) {
    const owner = attributes((resource.resource as { attributes?: Json } | undefined)?.attributes);
    for (const scoped of (resource.scopeMetrics ?? []) as Objects) {
      const scope = scoped.scope as { name?: string; version?: string; attributes?: Json } | undefined;
      const isScraper = /prometheus/.test(scope?.name ?? "");
      const own = isScraper
        ? {}
        : { name: scope?.name, version: scope?.version, attributes: attributes(scope?.attributes) };
      for (const metric of (scoped.metrics ?? []) as Objects) readMetric(metric, { owner, scope: own }, points);
    }
  }
}

function readMetric(metric: { [key: string]: Json }, around: object, points: string[]): void {
  const { name, description, unit, metadata, ...data } = metric;
  const [kind, value] = Object.entries(data)[0] as [string, { dataPoints?: Objects; [key: string]: Json | undefined }];
  const { dataPoints = [], ...traits } = value;
  for (const { timeUnixNano: _time, attributes: own, ...point } of dataPoints) {
    // How long a scrape took is nobody else's.
    if (name === "scrape_duration_seconds" || name === "scrape_duration") delete point.asDouble;
    const exemplars = ((point.exemplars ?? []) as Objects).map(({ timeUnixNano: _when, ...exemplar }) => exemplar);
    const head = { name, description, unit, metadata: attributes(metadata), kind, traits };
    points.push(JSON.stringify({ ...around, ...head, attributes: attributes(own), ...point, exemplars }));
  }
}

function attributes(list: Json | undefined): string[] {
  return ((list ?? []) as { key: string; value: Json }[])
    .map(({ key, value }) => `${key}=${JSON.stringify(value)}`)
    .sort();
}
