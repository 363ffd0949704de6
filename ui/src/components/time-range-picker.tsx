import type { JSX } from "preact";
import { bounds, ranges, shifted, type TimeRange, widened } from "../time-range.js";

/** Chooses a range of time: one that ends now, or steps to fixed ones. */
export function TimeRangePicker(props: {
  readonly range: TimeRange;
  readonly onChange: (range: TimeRange) => void;
}): JSX.Element {
  const { range, onChange } = props;
  return (
    <fieldset class="time-range">
      <legend class="visually-hidden">Time range</legend>
      <button type="button" aria-label="Earlier" title="Earlier" onClick={() => onChange(shifted(range, -0.5))}>
        ‹
      </button>
      <select
        aria-label="Time range"
        value={range.kind === "last" ? range.range : "fixed"}
        onChange={(event) => {
          const chosen = ranges.find(([value]) => value === event.currentTarget.value);
          if (chosen) onChange({ kind: "last", range: chosen[0], seconds: chosen[2] });
        }}
      >
        {range.kind === "fixed" && <option value="fixed">{describe(range)}</option>}
        {ranges.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <button
        type="button"
        aria-label="Later"
        title="Later"
        disabled={range.kind === "last"}
        onClick={() => onChange(shifted(range, 0.5))}
      >
        ›
      </button>
      <button type="button" aria-label="Twice as long" title="Twice as long" onClick={() => onChange(widened(range))}>
        ⊖
      </button>
    </fieldset>
  );
}

function describe(range: TimeRange): string {
  const { startS, endS } = bounds(range);
  const [start, end] = [new Date(startS * 1000), new Date(endS * 1000)];
  const time = (date: Date): string => date.toLocaleTimeString("en-GB");
  const date = (at: Date): string => at.toLocaleDateString("en-CA");
  const sameDay = date(start) === date(end);
  return `${date(start)} ${time(start)} – ${sameDay ? "" : `${date(end)} `}${time(end)}`;
}
