import type { JSX } from "preact";

/** A number with a bar behind it, so that the eye finds the largest of a column. `share` is 0 to 1. */
export function Meter(props: { readonly text: string; readonly share: number; readonly bad?: boolean }): JSX.Element {
  const width = Number.isFinite(props.share) ? Math.max(0, Math.min(1, props.share)) * 100 : 0;
  return (
    <span class={props.bad ? "meter bad" : "meter"}>
      <span class="bar" style={{ width: `${width}%` }} />
      <span class="text">{props.text}</span>
    </span>
  );
}
