import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  type Cardinality,
  type LabelValues,
  type Metric,
  type NamedCount,
  readLabels,
  readMetrics,
  suggest,
} from "../../api/metric-catalog.js";
import { matcher } from "../../api/prometheus.js";
import { Meter } from "../../components/meter.js";
import { Command, Empty, Failure, Loading } from "../../components/notices.js";
import { useResource } from "../../resource.js";

const refreshMs = 30_000;
const listMax = 200;
const topMax = 8;

interface ExplorerProps {
  /** The metric that is looked at; "" for all. */
  readonly metric: string;
  readonly onMetric: (name: string) => void;
  readonly onRun: (expression: string) => void;
}

/** What there is to ask for, and what of it makes the series so many. */
export function Explorer(props: ExplorerProps): JSX.Element {
  const { data, error } = useResource("metrics", readMetrics, refreshMs);
  const [filter, setFilter] = useState("");
  if (error) return <Failure error={error} />;
  if (!data) return <Loading />;
  if (data.metrics.length === 0) {
    return (
      <Empty title="No metrics yet">
        <p>Start a Node.js application with one flag; its metrics arrive within seconds:</p>
        <Command text="OTEL_SERVICE_NAME=my-app node --import @venturi/instrumentation/register app.js" />
      </Empty>
    );
  }
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, help }: Metric): boolean =>
    words.every((word) => name.toLowerCase().includes(word) || help.toLowerCase().includes(word));
  const found = data.metrics.filter(fits);
  const chosen = data.metrics.find(({ name }) => name === props.metric);
  return (
    <div class="explorer">
      <section aria-label="Metrics">
        <input
          type="search"
          aria-label="Find a metric"
          placeholder={`Find one of ${data.metrics.length} metrics`}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <ul class="metric-list">
          {found.slice(0, listMax).map((metric) => (
            <li key={metric.name}>
              <button
                type="button"
                aria-current={metric.name === props.metric ? "true" : undefined}
                onClick={() => props.onMetric(metric.name)}
              >
                <code>{metric.name}</code>
                <small>
                  {metric.series} {metric.type}
                </small>
              </button>
            </li>
          ))}
        </ul>
        {found.length > listMax && <p class="muted">and {found.length - listMax} more</p>}
        {found.length === 0 && <p class="muted">No metric fits.</p>}
      </section>
      {chosen ? (
        <MetricDetails metric={chosen} onRun={props.onRun} onClose={() => props.onMetric("")} />
      ) : (
        <Totals cardinality={data.cardinality} onMetric={props.onMetric} />
      )}
    </div>
  );
}

function Totals(props: { readonly cardinality: Cardinality; readonly onMetric: (name: string) => void }): JSX.Element {
  const { headStats, seriesCountByMetricName, labelValueCountByLabelName, seriesCountByLabelValuePair } =
    props.cardinality;
  return (
    <section class="card" aria-label="Cardinality">
      <h2>
        {headStats.numSeries.toLocaleString("en-US")} series, {headStats.numLabelPairs.toLocaleString("en-US")} pairs of
        label and value
      </h2>
      <TopList title="Metrics with the most series" counts={seriesCountByMetricName} onPick={props.onMetric} />
      <TopList title="Labels with the most values" counts={labelValueCountByLabelName} />
      <TopList title="Pairs in the most series" counts={seriesCountByLabelValuePair} />
    </section>
  );
}

function TopList(props: {
  readonly title: string;
  readonly counts: readonly NamedCount[];
  readonly onPick?: (name: string) => void;
}): JSX.Element {
  const most = props.counts[0]?.value ?? 1;
  return (
    <>
      <h3>{props.title}</h3>
      <ul class="top-list">
        {props.counts.slice(0, topMax).map(({ name, value }) => (
          <li key={name}>
            {props.onPick ? (
              <button type="button" class="as-link" onClick={() => props.onPick?.(name)}>
                <code>{name}</code>
              </button>
            ) : (
              <code>{name}</code>
            )}
            <Meter text={value.toLocaleString("en-US")} share={value / most} />
          </li>
        ))}
      </ul>
    </>
  );
}

function MetricDetails(props: {
  readonly metric: Metric;
  readonly onRun: (expression: string) => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { metric } = props;
  const { data, error } = useResource(`labels ${metric.name}`, (signal) => readLabels(metric.name, signal));
  const expression = suggest(metric);
  return (
    <section class="card" aria-label="Metric">
      <header class="title">
        <h2>
          <code>{metric.name}</code>
        </h2>
        <button type="button" onClick={props.onClose}>
          All metrics
        </button>
      </header>
      {metric.help && <p>{metric.help}</p>}
      <p class="facts">
        <span>{metric.series} series</span>
        {metric.type && <span>{metric.type}</span>}
        {metric.unit && <span>unit {metric.unit}</span>}
      </p>
      <p>
        <button type="button" class="primary" onClick={() => props.onRun(expression)}>
          Graph
        </button>{" "}
        <code>{expression}</code>
      </p>
      <Failure error={error} />
      {!data && !error && <Loading />}
      {data?.map((label) => (
        <LabelRows key={label.label} label={label} metric={metric} onRun={props.onRun} />
      ))}
    </section>
  );
}

function LabelRows(props: {
  readonly label: LabelValues;
  readonly metric: Metric;
  readonly onRun: (expression: string) => void;
}): JSX.Element {
  const { label, values } = props.label;
  return (
    <details class="label">
      <summary>
        <code>{label}</code> <small>{values.length === 1 ? "1 value" : `${values.length} values`}</small>
      </summary>
      <ul class="top-list">
        {values.slice(0, listMax).map(({ name, value }) => (
          <li key={name}>
            <button
              type="button"
              class="as-link"
              title="Graph the series with this value"
              onClick={() => props.onRun(`{${matcher("__name__", props.metric.name)}, ${matcher(label, name)}}`)}
            >
              <code>{name || "(empty)"}</code>
            </button>
            <span class="number">{value}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
