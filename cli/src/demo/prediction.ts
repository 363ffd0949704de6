import { formatMs, formatPercent } from "@venturi/analysis";
import type { LoadReport } from "@venturi/loadtest";

/** What the diagnosis predicted for the fix, beside what was measured once it was made. */
export interface Prediction {
  /** k6's p95 with the fault, milliseconds. */
  readonly beforeMs: number;
  readonly predictedMs: number;
  readonly measuredMs: number;
  /** Of the gain: predicted over measured, minus one; null when nothing was gained. */
  readonly gainError: number | null;
}

/**
 * The prediction is about the requests of the diagnosis, not of k6: so its ratio is applied to the p95 of the same
 * requests in both runs. Null when the diagnosis found nothing to fix.
 */
export function prediction(report: LoadReport, fixed: LoadReport): Prediction | null {
  const [finding] = report.diagnosis.findings;
  const focus = report.diagnosis.focus;
  if (finding === undefined || focus === null) return null;
  const { before, after } = finding.expectedGain.p95Ms;
  const measuredMs = p95Of(fixed, focus.operations);
  if (measuredMs === null) return null;
  const gained = before - measuredMs;
  return {
    beforeMs: before,
    predictedMs: after,
    measuredMs,
    gainError: gained > 0 ? (before - after) / gained - 1 : null,
  };
}

/** Of the operations that the first diagnosis was about, in the second run; the slowest of them counts. */
function p95Of({ diagnosis }: LoadReport, operations: readonly string[]): number | null {
  const p95s = diagnosis.operations.filter(({ operation }) => operations.includes(operation)).map(({ p95Ms }) => p95Ms);
  return p95s.length === 0 ? null : Math.max(...p95s);
}

/** For a terminal, after the second run. */
export function predictionLines(report: LoadReport, fixed: LoadReport): string[] {
  const found = prediction(report, fixed);
  if (found === null) return ["", "The first run named nothing to fix, so nothing was predicted."];
  const { beforeMs, predictedMs, measuredMs, gainError } = found;
  const times = `p95 ${formatMs(beforeMs)} before; predicted ${formatMs(predictedMs)}, measured ${formatMs(measuredMs)} after`;
  const gain =
    gainError === null
      ? "The fix gained nothing: the prediction was wrong."
      : `The predicted gain is ${formatPercent(Math.abs(gainError))} ${gainError < 0 ? "below" : "above"} the measured one.`;
  return ["", `${report.diagnosis.findings[0]?.title ?? ""}, fixed: ${times}.`, gain];
}
