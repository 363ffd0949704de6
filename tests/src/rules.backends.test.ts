import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { resolveTool } from "@venturi/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { remoteWrite } from "./promql/remote-write.js";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { eventually } from "./support/eventually.js";
import { freePorts } from "./support/ports.js";
import { type RequestSink, startRequestSink } from "./support/request-sink.js";
import { corpusRules, scenarioRules, scenarioSeconds, scenarioSeries } from "./support/rules/scenario.js";
import { startUp } from "./support/up.js";
import { root } from "./support/venturi.js";
import { writtenSamples } from "./support/written-series.js";

const { defer, temporaryFolder } = cleanup();

const externalUrl = "http://rules.example";

/** The same rule files in both, each with an Alertmanager of its own. */
let ours = "";
let real = "";
let ourAlerts: RequestSink;
let realAlerts: RequestSink;
let baseMs = 0;

async function corpus(): Promise<string[]> {
  const cases = JSON.parse(await readFile(join(root, "store/src/testing/template-cases.json"), "utf8")) as {
    template: string;
    text: string;
  }[];
  const usable = cases.filter(
    ({ template, text }) => !text.includes("error parsing") && !/now|define|block/.test(template),
  );
  return usable.map(({ template }) => template.replaceAll('query "up"', 'query "probe"'));
}

async function startRealPrometheus(folder: string, ruleFiles: readonly string[]): Promise<string> {
  const [port] = (await freePorts(1)) as [number];
  const config = join(folder, "prometheus.yml");
  const target = realAlerts.url.replace("http://", "");
  await writeFile(
    config,
    `global: { evaluation_interval: 1s }
rule_files: ${JSON.stringify(ruleFiles)}
alerting: { alertmanagers: [{ static_configs: [{ targets: [${JSON.stringify(target)}] }] }] }
`,
  );
  const { path } = await resolveTool("prometheus", { log: console.error });
  const child = startChild(path, [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "tsdb")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--web.external-url=${externalUrl}`,
    "--web.enable-remote-write-receiver",
    "--log.level=error",
  ]);
  defer(() => child.stop());
  const url = `http://127.0.0.1:${port}`;
  await eventually(`${url} answers`, async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  return url;
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  const ruleFiles = [
    join(folder, "scenario.yml"),
    join(folder, "corpus.yml"),
    join(root, "dashboards/dist/prometheus/rules.yaml"),
  ];
  await writeFile(join(folder, "scenario.yml"), scenarioRules);
  await writeFile(join(folder, "corpus.yml"), corpusRules(await corpus()));
  [ourAlerts, realAlerts] = [await startRequestSink(), await startRequestSink()];
  for (const sink of [ourAlerts, realAlerts]) defer(() => sink.close());
  real = await startRealPrometheus(folder, ruleFiles);
  const options = ["--evaluation-interval", "1s", "--external-url", externalUrl, "--alertmanager", ourAlerts.url];
  const up = await startUp(join(folder, "data"), ["--rules", ...ruleFiles, ...options]);
  defer(() => up.child.stop());
  ours = up.apiUrl;
  // Samples of the future are written at once: then both evaluate the same data at the same times.
  baseMs = Math.ceil(Date.now() / 1000) * 1000 + 4000;
  const series = scenarioSeries(baseMs);
  for (const url of [real, ours]) await remoteWrite(url, series, 60_000);
});

interface Group {
  readonly name: string;
  readonly rules: readonly { readonly name: string; readonly state?: string }[];
}

const times = ["evaluationTime", "lastEvaluation", "activeAt", "keepFiringSince"];

/** An answer without times, its lists of alerts in one order. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(timeless);
    const isOfAlerts = items.every((item) => typeof item === "object" && item !== null && "activeAt" in item);
    return isOfAlerts ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, times.includes(key) ? "" : timeless(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

async function data(url: string, path: string): Promise<unknown> {
  const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { status: string; data: unknown };
  expect(answer.status).toBe("success");
  return timeless(answer.data);
}

/** Both answers, as soon as they are equal and `isReady`; otherwise the last ones. */
async function bothWhen(path: string, isReady: (answer: unknown) => boolean): Promise<[ours: unknown, real: unknown]> {
  for (let left = 100; ; left--) {
    const both = (await Promise.all([data(ours, path), data(real, path)])) as [unknown, unknown];
    const isEqual = JSON.stringify(both[0]) === JSON.stringify(both[1]);
    if ((isEqual && isReady(both[1])) || left === 0) return both;
    await delay(100);
  }
}

function stateOf(answer: unknown, alert: string): string | undefined {
  const { groups } = answer as { groups: readonly Group[] };
  return groups.flatMap(({ rules }) => rules).find(({ name }) => name === alert)?.state;
}

async function until(second: number): Promise<void> {
  await delay(Math.max(0, baseMs + second * 1000 - Date.now()));
}

describe("while the scenario goes on", () => {
  // The states before this one last for seconds only: what became of them is compared below, by series and by alerts.
  test("/api/v1/rules once the alert is inactive again", async () => {
    await until(17);
    const [got, expected] = await bothWhen("rules", (answer) => stateOf(answer, "Down") === "inactive");
    expect(got).toEqual(expected);
    expect(stateOf(expected, "Down")).toBe("inactive");
  });

  test.each([
    "alerts",
    "rules?type=alert&exclude_alerts=true",
    "rules?rule_group[]=alerts&rule_name[]=Down",
    "rules?match[]={team=%22core%22}",
    "rules?group_limit=2",
  ])("/api/v1/%s", async (path) => {
    const [got, expected] = await bothWhen(path, () => true);
    expect(got).toEqual(expected);
  });
});

describe("when it is over", () => {
  test("every series that rules wrote is the same, with the same times", async () => {
    await until(scenarioSeconds);
    const matcher =
      '__name__=~"job:.*|sometimes|utf8.*|histogram_copy|scalar|earlier|too_many|same|text|ALERTS|ALERTS_FOR_STATE",venturi!="x"';
    const within = async (url: string): Promise<string[]> => {
      const samples = await writtenSamples(url, matcher);
      // Alerts that are always there began when each server did.
      return samples.filter((line) => {
        const [labels, [seconds]] = JSON.parse(line) as [[string, string][], [number, unknown]];
        const isOfStart = labels.some(([name, value]) => name === "alertname" && value === "GroupLabel");
        return seconds * 1000 >= baseMs && seconds < baseMs / 1000 + scenarioSeconds - 2 && !isOfStart;
      });
    };
    const [got, expected] = [await within(ours), await within(real)];
    expect(expected.length).toBeGreaterThan(300);
    expect(difference(got, expected)).toEqual(SAME);
  });

  test("every alert that was sent is the same", async () => {
    const sent = (sink: RequestSink): string[] => {
      const alerts = sink
        .bodies("/api/v2/alerts")
        .flatMap((body) => JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>[]);
      return alerts.map(({ startsAt, endsAt, ...alert }) => {
        const isResolved = Date.parse(String(endsAt)) <= baseMs + scenarioSeconds * 1000;
        return JSON.stringify({
          ...(timeless(alert) as object),
          isResolved,
          ...(isResolved ? { startsAt, endsAt } : {}),
        });
      });
    };
    const [got, expected] = [sent(ourAlerts), sent(realAlerts)];
    expect(new Set(expected).size).toBeGreaterThan(5);
    expect(difference(got, expected)).toEqual(SAME);
    expect(got.filter((line) => line.includes('"Down"')).sort()).toEqual(
      expected.filter((line) => line.includes('"Down"')).sort(),
    );
  });
});
