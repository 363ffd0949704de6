import type { JSX } from "preact";
import { duration } from "../format/units.js";
import type { Row } from "../trace-tree.js";
import type { Line } from "../waterfall-lines.js";
import { hue } from "./service-name.js";
import type { WaterfallProps } from "./waterfall.js";

type RowProps<K extends Line["kind"]> = Pick<WaterfallProps, "folded" | "chosen" | "onChoose" | "onFold"> & {
  readonly line: Extract<Line, { kind: K }>;
  /** Pixels from the top of all lines. */
  readonly top: number;
};

const indent = (depth: number): string => `${Math.min(depth, 24) * 12}px`;

/** A span: its name in the tree and its bar, with the critical path as a line in it. */
export function SpanRow(props: RowProps<"span">): JSX.Element {
  const { folded, chosen } = props;
  const { row, critical } = props.line;
  const { spanID, operationName } = row.span;
  const open = !folded.has(spanID);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around the rows has the focus and handles the keys
    <div
      id={`span-${spanID}`}
      class={spanID === chosen ? "row chosen" : "row"}
      style={{ top: `${props.top}px`, "--hue": hue(row.service) }}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.depth + 1}
      aria-selected={spanID === chosen}
      aria-expanded={row.descendants > 0 ? open : undefined}
      onClick={() => props.onChoose(spanID === chosen ? "" : spanID)}
    >
      <span class="name" style={{ paddingLeft: indent(row.depth) }}>
        {row.descendants > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            aria-hidden="true"
            class={open ? "twist open" : "twist"}
            onClick={(event) => {
              event.stopPropagation();
              props.onFold(spanID, open);
            }}
          />
        ) : (
          <i class="leaf" />
        )}
        <i class="dot" />
        <b>{row.service}</b> {operationName}
        {row.error && <em class="bad">error</em>}
        {!open && <small> +{row.descendants}</small>}
        {critical.length > 0 && <span class="visually-hidden">, on the critical path</span>}
      </span>
      <span class="lane">
        <span
          class={row.error ? "span bad" : "span"}
          style={{ left: `${row.offset * 100}%`, width: `max(2px, ${row.width * 100}%)` }}
        />
        {critical.map(({ offset, width }) => (
          <span
            key={offset}
            class="critical"
            style={{ left: `${offset * 100}%`, width: `max(1px, ${width * 100}%)` }}
          />
        ))}
        <span class="length" style={labelPosition(row)}>
          {duration(row.span.duration)}
        </span>
      </span>
    </div>
  );
}

/** The length stands behind its bar, or before it when there is no room. */
function labelPosition(row: Row): Record<string, string> {
  const end = row.offset + row.width;
  return end < 0.82 ? { left: `calc(${end * 100}% + 6px)` } : { right: `calc(${(1 - row.offset) * 100}% + 6px)` };
}

/** A log line below its span, with a tick at its time. */
export function LogRow(props: RowProps<"log">): JSX.Element {
  const { row, log, offset } = props.line;
  const bad = log.level === "error" || log.level === "fatal";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around the rows has the focus and handles the keys
    <div
      class="row log"
      style={{ top: `${props.top}px` }}
      role="treeitem"
      tabIndex={-1}
      aria-level={row.depth + 2}
      aria-selected={false}
      title={log.text}
      onClick={() => props.onChoose(row.span.spanID)}
    >
      <span class="name" style={{ paddingLeft: indent(row.depth + 1) }}>
        <i class="leaf" />
        <em class={bad ? "level bad" : "level"}>{log.level || "log"}</em> {log.text}
      </span>
      <span class="lane">
        <span class={bad ? "tick bad" : "tick"} style={{ left: `min(${offset * 100}%, 100% - 2px)` }} />
      </span>
    </div>
  );
}
