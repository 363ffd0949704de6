import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { duration } from "../format/units.js";
import type { Row } from "../trace-tree.js";
import { hue } from "./service-name.js";

/** Pixels; the same number is in styles.css, because only the rows in view are in the document. */
const rowHeight = 28;
/** Rows kept above and below what is in view. */
const overscan = 20;

interface WaterfallProps {
  readonly rows: readonly Row[];
  readonly folded: ReadonlySet<string>;
  readonly chosen: string;
  readonly durationUs: number;
  readonly onChoose: (spanId: string) => void;
  readonly onFold: (spanId: string, fold: boolean) => void;
}

/** The spans of a trace over time. Arrow keys move and fold, as in any tree. */
export function Waterfall(props: WaterfallProps): JSX.Element {
  const { rows } = props;
  const view = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = view.current?.clientHeight || 800;
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + overscan);

  // A span that the address names is in view when the page opens.
  useEffect(() => {
    const index = rows.findIndex((row) => row.span.spanID === props.chosen);
    if (index >= 0) reveal(view.current, index);
  }, []);

  return (
    <div class="waterfall">
      <Scale durationUs={props.durationUs} />
      {/* The scrolling element has the focus: rows come and go while it scrolls. */}
      <div
        ref={view}
        class="rows"
        role="tree"
        aria-label="Spans"
        aria-activedescendant={props.chosen ? `span-${props.chosen}` : undefined}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={(event) => {
          const moved = onKey(event.key, props);
          if (moved === undefined) return;
          event.preventDefault();
          reveal(view.current, moved);
        }}
      >
        <div class="canvas" style={{ height: `${rows.length * rowHeight}px` }}>
          {rows.slice(first, last).map((row, i) => (
            <WaterfallRow key={row.span.spanID} row={row} top={(first + i) * rowHeight} {...props} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Does what a key means. Returns the index of the row to show, or undefined when the key means nothing here. */
function onKey(key: string, { rows, chosen, folded, onChoose, onFold }: WaterfallProps): number | undefined {
  const at = rows.findIndex((row) => row.span.spanID === chosen);
  const row = rows[at];
  const moves: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
  const target = moves[key];
  if (target !== undefined) {
    const index = Math.max(0, Math.min(rows.length - 1, target));
    const next = rows[index];
    if (next) onChoose(next.span.spanID);
    return index;
  }
  if (!row) return undefined;
  if (key === "Escape") onChoose("");
  else if (key === "ArrowLeft" && row.descendants > 0) onFold(chosen, true);
  else if (key === "ArrowRight" && row.descendants > 0) onFold(chosen, false);
  else if (key === "Enter" && row.descendants > 0) onFold(chosen, !folded.has(chosen));
  else return undefined;
  return at;
}

function reveal(view: HTMLElement | null, index: number): void {
  if (!view) return;
  const top = index * rowHeight;
  if (top < view.scrollTop) view.scrollTop = top;
  else if (top + rowHeight > view.scrollTop + view.clientHeight) view.scrollTop = top + rowHeight - view.clientHeight;
}

function Scale(props: { readonly durationUs: number }): JSX.Element {
  return (
    <div class="scale" aria-hidden="true">
      {[0, 0.25, 0.5, 0.75].map((share) => (
        <span key={share} style={{ left: `${share * 100}%` }}>
          {duration(props.durationUs * share)}
        </span>
      ))}
    </div>
  );
}

function WaterfallRow(props: WaterfallProps & { readonly row: Row; readonly top: number }): JSX.Element {
  const { row, folded, chosen } = props;
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
      aria-label={`${row.service} ${operationName}, ${duration(row.span.duration)}${row.error ? ", error" : ""}`}
      onClick={() => props.onChoose(spanID === chosen ? "" : spanID)}
    >
      <span class="name" style={{ paddingLeft: `${Math.min(row.depth, 24) * 12}px` }}>
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
      </span>
      <span class="lane">
        <span
          class={row.error ? "span bad" : "span"}
          style={{ left: `${row.offset * 100}%`, width: `max(2px, ${row.width * 100}%)` }}
        />
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
