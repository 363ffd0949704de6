import type { LogLine } from "./api/loki.js";
import type { Segment } from "./api/venturi.js";
import type { Row } from "./trace-tree.js";

/** A part of a bar, as shares of the trace's duration. */
export interface Stretch {
  readonly offset: number;
  readonly width: number;
}

/** One line of the waterfall: a span, or a log line below the span that wrote it. */
export type Line =
  | { readonly kind: "span"; readonly row: Row; readonly critical: readonly Stretch[] }
  | { readonly kind: "log"; readonly row: Row; readonly log: LogLine; readonly offset: number };

interface Extent {
  readonly startUs: number;
  readonly durationUs: number;
}

/** The stretches of the critical path by span id. */
export function criticalStretches(segments: readonly Segment[], trace: Extent): Map<string, Stretch[]> {
  const total = Math.max(1, trace.durationUs);
  const stretches = new Map<string, Stretch[]>();
  for (const { spanId, startUs, durationUs } of segments) {
    const stretch = { offset: (startUs - trace.startUs) / total, width: durationUs / total };
    if (!stretches.get(spanId)?.push(stretch)) stretches.set(spanId, [stretch]);
  }
  return stretches;
}

/** Log lines by the span that wrote them; those of a span that is not in the trace go to the first. */
export function logsBySpan(logs: readonly LogLine[], rows: readonly Row[]): Map<string, LogLine[]> {
  const known = new Set(rows.map(({ span }) => span.spanID));
  const first = rows[0]?.span.spanID ?? "";
  const bySpan = new Map<string, LogLine[]>();
  for (const log of logs) {
    const id = known.has(log.spanId) ? log.spanId : first;
    if (!bySpan.get(id)?.push(log)) bySpan.set(id, [log]);
  }
  return bySpan;
}

/** The lines of the visible rows, each followed by its logs. */
export function buildLines(
  rows: readonly Row[],
  critical: ReadonlyMap<string, readonly Stretch[]>,
  logs: ReadonlyMap<string, readonly LogLine[]>,
  trace: Extent,
): Line[] {
  const total = Math.max(1, trace.durationUs);
  return rows.flatMap((row): Line[] => [
    { kind: "span", row, critical: critical.get(row.span.spanID) ?? [] },
    ...(logs.get(row.span.spanID) ?? []).map((log): Line => {
      const offset = Math.max(0, Math.min(1, (log.timeUs - trace.startUs) / total));
      return { kind: "log", row, log, offset };
    }),
  ]);
}
