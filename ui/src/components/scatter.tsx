import type { JSX } from "preact";
import { duration } from "../format/units.js";
import { navigate } from "../route.js";
import type { TraceSummary } from "../trace-tree.js";
import { hue } from "./service-name.js";

/**
 * Duration over time, on a logarithmic axis: a dot is a trace, a ring one with an error. For the pointer; the list below
 * has the same traces for the keyboard and for those who do not see the dots.
 */
export function Scatter(props: { readonly traces: readonly TraceSummary[] }): JSX.Element | null {
  const { traces } = props;
  if (traces.length < 2) return null;
  const times = traces.map(({ startUs }) => startUs);
  const [firstUs, lastUs] = [Math.min(...times), Math.max(...times)];
  const decades = decadesOf(traces.map(({ rootDurationUs }) => rootDurationUs));
  const [low, high] = [Math.log10(decades[0] ?? 1), Math.log10(decades.at(-1) ?? 10)];
  const left = (us: number): string => `${((us - firstUs) / Math.max(1, lastUs - firstUs)) * 100}%`;
  const bottom = (us: number): string => `${((Math.log10(Math.max(1, us)) - low) / (high - low)) * 100}%`;
  const clock = (us: number): string => new Date(us / 1000).toLocaleTimeString("en-GB");
  return (
    <div class="card scatter" aria-hidden="true">
      <div class="plot">
        {decades.map((us) => (
          <span key={us} class="mark" style={{ bottom: bottom(us) }}>
            <span class="mark-label">{duration(us)}</span>
          </span>
        ))}
        <span class="time">{clock(firstUs)}</span>
        <span class="time last">{clock(lastUs)}</span>
        {traces.map((trace) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: a second way for the pointer; the list has links
          // biome-ignore lint/a11y/useKeyWithClickEvents: a second way for the pointer; the list has links
          <i
            key={trace.traceId}
            class={trace.errorCount > 0 ? "point bad" : "point"}
            title={`${trace.rootService} ${trace.rootOperation}: ${duration(trace.rootDurationUs)} at ${clock(trace.startUs)}`}
            style={{ left: left(trace.startUs), bottom: bottom(trace.rootDurationUs), "--hue": hue(trace.rootService) }}
            onClick={() => navigate(`/traces/${trace.traceId}`)}
          />
        ))}
      </div>
    </div>
  );
}

/** The powers of ten around all durations: at least two. */
export function decadesOf(durationsUs: readonly number[]): number[] {
  const logs = durationsUs.map((us) => Math.log10(Math.max(1, us)));
  const low = Math.floor(Math.min(...logs));
  const high = Math.max(low + 1, Math.ceil(Math.max(...logs)));
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}
