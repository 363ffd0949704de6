import "./metrics.css";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { lazy } from "../../components/lazy.js";
import { Empty } from "../../components/notices.js";
import { Tabs } from "../../components/tabs.js";
import { TimeRangePicker } from "../../components/time-range-picker.js";
import { address, navigate } from "../../route.js";
import { readTimeRange, type TimeRange, timeRangeQuery } from "../../time-range.js";
import { Explorer } from "./explorer.js";
import { Graph } from "./graph.js";
import { ResultTable } from "./result-table.js";

const PromqlEditor = lazy(async () => (await import("../../components/promql-editor.js")).default);

const tabs = [
  ["graph", "Graph"],
  ["table", "Table"],
  ["explore", "Explore"],
] as const;

const examples: readonly (readonly [what: string, expression: string])[] = [
  ["Requests per second", "sum by (job) (rate(http_server_request_duration_seconds_count[1m]))"],
  [
    "95th percentile of request durations",
    "histogram_quantile(0.95, sum by (le, job) (rate(http_server_request_duration_seconds_bucket[1m])))",
  ],
  ["Event loop utilization", "nodejs_eventloop_utilization_ratio"],
  ["Calls by span name", "topk(10, sum by (service_name, span_name) (rate(traces_span_metrics_calls_total[1m])))"],
];

/** An expression over time and as a table, and what there is to ask for. The address holds all of it. */
export default function MetricsPage(props: { readonly query: URLSearchParams }): JSX.Element {
  const { query } = props;
  const expression = query.get("q") ?? "";
  const range = readTimeRange(query, "15m");
  const tab = tabs.find(([name]) => name === query.get("tab"))?.[0] ?? (expression === "" ? "explore" : "graph");
  const exemplars = query.get("exemplars") !== "off";
  const [typed, setTyped] = useState(expression);

  const go = (change: Readonly<Record<string, string>>): void =>
    navigate(
      address("/metrics", {
        q: expression,
        tab: query.get("tab") ?? "",
        metric: query.get("metric") ?? "",
        exemplars: query.get("exemplars") ?? "",
        ...timeRangeQuery(range),
        ...change,
      }),
    );
  const run = (text: string): void => go({ q: text.trim(), tab: tab === "explore" ? "" : tab });
  const setRange = (next: TimeRange): void => go(timeRangeQuery(next));

  return (
    <>
      <div class="title">
        <h1>Metrics</h1>
        <TimeRangePicker range={range} onChange={setRange} />
      </div>
      <form
        class="expression"
        onSubmit={(event) => {
          event.preventDefault();
          run(typed);
        }}
      >
        <PromqlEditor value={expression} onRun={run} onInput={setTyped} />
        <button type="submit" class="primary">
          Run
        </button>
      </form>
      <Tabs label="Views" tabs={tabs} chosen={tab} onChoose={(next) => go({ tab: next })}>
        {tab === "explore" && (
          <Explorer
            metric={query.get("metric") ?? ""}
            onMetric={(metric) => go({ metric, tab: "explore" })}
            onRun={(text) => go({ q: text, tab: "graph" })}
          />
        )}
        {tab !== "explore" && expression === "" && <Examples onRun={run} />}
        {tab === "graph" && expression !== "" && (
          <Graph
            expression={expression}
            range={range}
            exemplars={exemplars}
            onExemplars={(show) => go({ exemplars: show ? "" : "off" })}
            onZoom={(startS, endS) => setRange({ kind: "fixed", startS, endS })}
          />
        )}
        {tab === "table" && expression !== "" && <ResultTable expression={expression} range={range} />}
      </Tabs>
    </>
  );
}

function Examples(props: { readonly onRun: (expression: string) => void }): JSX.Element {
  return (
    <Empty title="Type an expression, or start with one of these">
      <ul>
        {examples.map(([what, expression]) => (
          <li key={what}>
            <button type="button" class="as-link" onClick={() => props.onRun(expression)}>
              {what}
            </button>
          </li>
        ))}
      </ul>
    </Empty>
  );
}
