import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { duration } from "../format/units.js";
import type { Line } from "../waterfall-lines.js";
import { LogRow, SpanRow } from "./waterfall-rows.js";

/** Pixels; the same number is in styles.css, because only the rows in view are in the document. */
const rowHeight = 28;
/** Rows kept above and below what is in view. */
const overscan = 8;

export interface WaterfallProps {
  readonly lines: readonly Line[];
  readonly folded: ReadonlySet<string>;
  readonly chosen: string;
  readonly durationUs: number;
  readonly onChoose: (spanId: string) => void;
  readonly onFold: (spanId: string, fold: boolean) => void;
}

/** The spans of a trace over time, with their logs. Arrow keys move and fold, as in any tree. */
export function Waterfall(props: WaterfallProps): JSX.Element {
  const { lines } = props;
  const view = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = view.current?.clientHeight || 800;
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const last = Math.min(lines.length, Math.ceil((top + height) / rowHeight) + overscan);

  // A span that the address names is in view when the page opens.
  useEffect(() => {
    const index = indexOf(lines, props.chosen);
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
        <div class="canvas" role="none" style={{ height: `${lines.length * rowHeight}px` }}>
          {lines.slice(first, last).map((line, i) => {
            const at = (first + i) * rowHeight;
            return line.kind === "span" ? (
              <SpanRow key={line.row.span.spanID} line={line} top={at} {...props} />
            ) : (
              <LogRow key={`log ${first + i}`} line={line} top={at} {...props} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function indexOf(lines: readonly Line[], spanId: string): number {
  return lines.findIndex(({ kind, row }) => kind === "span" && row.span.spanID === spanId);
}

/** Does what a key means. Returns the index of the line to show, or undefined when the key means nothing here. */
function onKey(key: string, { lines, chosen, folded, onChoose, onFold }: WaterfallProps): number | undefined {
  const at = indexOf(lines, chosen);
  const target = targetOf(key, lines, at);
  if (target !== undefined) {
    const next = lines[target];
    if (next) onChoose(next.row.span.spanID);
    return target;
  }
  const row = lines[at]?.row;
  if (!row) return undefined;
  if (key === "Escape") onChoose("");
  else if (key === "ArrowLeft" && row.descendants > 0) onFold(chosen, true);
  else if (key === "ArrowRight" && row.descendants > 0) onFold(chosen, false);
  else if (key === "Enter" && row.descendants > 0) onFold(chosen, !folded.has(chosen));
  else return undefined;
  return at;
}

/** The span that a key moves to; logs are passed over. */
function targetOf(key: string, lines: readonly Line[], at: number): number | undefined {
  const spans = (index: number): boolean => lines[index]?.kind === "span";
  const step = (from: number, by: 1 | -1): number => {
    let index = from;
    while (index >= 0 && index < lines.length && !spans(index)) index += by;
    return spans(index) ? index : Math.max(0, at);
  };
  if (key === "ArrowDown") return step(at + 1, 1);
  if (key === "ArrowUp") return step(at - 1, -1);
  if (key === "Home") return step(0, 1);
  if (key === "End") return step(lines.length - 1, -1);
  return undefined;
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
