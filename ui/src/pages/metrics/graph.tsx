import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { type Exemplar, exemplars, range as rangeQuery, type Series, seriesName } from "../../api/prometheus.js";
import { lazy } from "../../components/lazy.js";
import { Link } from "../../components/link.js";
import { Empty, Failure, Loading } from "../../components/notices.js";
import { seriesHue } from "../../components/palette.js";
import { compact, timestamp } from "../../format/units.js";
import { useResource } from "../../resource.js";
import { navigate } from "../../route.js";
import { bounds, stepOf, type TimeRange, timeRangeQuery } from "../../time-range.js";

const Chart = lazy(async () => (await import("../../components/chart.js")).default);

const refreshMs = 10_000;
/** More lines than this say nothing to the eye and cost much to draw. */
const linesMax = 50;
/** The newest of them; more would hide the lines. */
const exemplarsMax = 300;

/** An expression over time: lines, the exemplars of what it reads, and which line is which. */
export function Graph(props: {
  readonly expression: string;
  readonly range: TimeRange;
  readonly exemplars: boolean;
  readonly onExemplars: (show: boolean) => void;
  readonly onZoom: (startS: number, endS: number) => void;
}): JSX.Element {
  const { expression, range } = props;
  const key = `graph ${expression} ${JSON.stringify(timeRangeQuery(range))}`;
  const { data, error } = useResource(
    key,
    async (signal) => {
      const { startS, endS } = bounds(range);
      const stepS = stepOf({ startS, endS });
      const grid = { startS: Math.floor(startS / stepS) * stepS, endS, stepS };
      const [series, dots] = await Promise.all([
        rangeQuery(expression, grid, signal),
        exemplars(expression, grid, signal),
      ]);
      return { series, grid, dots: dots.sort((a, b) => b.timeS - a.timeS).slice(0, exemplarsMax) };
    },
    range.kind === "last" ? refreshMs : 0,
  );
  const [hidden, setHidden] = useState<{ key: string; indexes: ReadonlySet<number> }>({ key, indexes: new Set() });
  const none = useMemo(() => new Set<number>(), []);
  const hiddenHere = hidden.key === key ? hidden.indexes : none;
  const drawn = useMemo(() => data?.series.slice(0, linesMax) ?? [], [data]);
  const dots = useMemo(() => (props.exemplars ? (data?.dots ?? []) : []), [data, props.exemplars]);

  if (error) return <Failure error={error} />;
  if (!data) return <Loading />;
  if (data.series.length === 0) {
    return (
      <Empty title="Nothing in this range">
        <p>
          The expression is right, but no series has a value here. Look at a longer range, or at Explore for what there
          is.
        </p>
      </Empty>
    );
  }
  return (
    <div class="card">
      <Chart
        series={drawn}
        grid={data.grid}
        hidden={hiddenHere}
        exemplars={dots}
        onZoom={props.onZoom}
        onExemplar={({ traceId }) => navigate(`/traces/${traceId}`)}
      />
      {data.series.length > linesMax && (
        <p class="muted">
          The first {linesMax} of {data.series.length} series: aggregate with <code>sum by (…)</code> or{" "}
          <code>topk(10, …)</code>.
        </p>
      )}
      <Legend series={drawn} hidden={hiddenHere} onChange={(indexes) => setHidden({ key, indexes })} />
      {data.dots.length > 0 && <Exemplars dots={data.dots} shown={props.exemplars} onShow={props.onExemplars} />}
    </div>
  );
}

/** A press hides a line; with Shift it hides all others. */
function Legend(props: {
  readonly series: readonly Series[];
  readonly hidden: ReadonlySet<number>;
  readonly onChange: (hidden: ReadonlySet<number>) => void;
}): JSX.Element {
  const { series, hidden } = props;
  const toggle = (index: number, alone: boolean): void => {
    if (alone) {
      const others = series.map((_, i) => i).filter((i) => i !== index);
      props.onChange(new Set(others.every((i) => hidden.has(i)) ? [] : others));
      return;
    }
    const next = new Set(hidden);
    if (!next.delete(index)) next.add(index);
    props.onChange(next);
  };
  return (
    <ul class="legend" aria-label="Series">
      {series.map(({ labels, points }, index) => (
        <li key={index}>
          <button
            type="button"
            aria-pressed={!hidden.has(index)}
            title="Hide or show; with Shift, this one alone"
            onClick={(event) => toggle(index, event.shiftKey)}
          >
            <i class="line" style={{ "--hue": seriesHue(index) }} />
            <code>{seriesName(labels)}</code>
            <b>{compact(points.at(-1)?.[1] ?? Number.NaN)}</b>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Exemplars(props: {
  readonly dots: readonly Exemplar[];
  readonly shown: boolean;
  readonly onShow: (show: boolean) => void;
}): JSX.Element {
  return (
    <details class="exemplars">
      <summary>
        {props.dots.length} exemplars{" "}
        <label>
          <input
            type="checkbox"
            checked={props.shown}
            onChange={(event) => props.onShow(event.currentTarget.checked)}
          />{" "}
          as dots
        </label>
      </summary>
      <ul>
        {props.dots.map(({ traceId, value, timeS, series }, index) => (
          <li key={index}>
            <time>{timestamp(timeS * 1_000_000)}</time> <b>{compact(value)}</b>{" "}
            <Link to={`/traces/${traceId}`}>
              <code>{traceId}</code>
            </Link>{" "}
            <small>{seriesName(series)}</small>
          </li>
        ))}
      </ul>
    </details>
  );
}
