import type { Signal } from "./detector.js";
import { type EventLoop, isStarved, machineLacksCpu } from "./facts/event-loops.js";
import { enoughRequests, enoughSlowRequests } from "./facts/materiality.js";
import type { Focus, Request } from "./facts/requests.js";
import type { AnalysisInput, EvidenceQuality } from "./model.js";
import { formatNumber, formatPercent, plural, possessive } from "./text.js";

/** Telemetry that was lost on its way tells nothing about itself: the collector's own counters do. */
export const telemetryLossSignals: readonly Signal[] = [
  {
    name: "telemetry-refused",
    query:
      'sum by (__name__) ({__name__=~"otelcol_(receiver_refused|exporter_send_failed|exporter_enqueue_failed)_(spans|metric_points)(_total)?"})',
  },
];

/** A share of incomplete traces above this makes the critical path doubtful. */
const manyIncomplete = 0.1;
/** Below this part of the load's requests it is worth saying how few were traced, unless somebody read only some of them. */
const fewTraced = 0.6;
const cappedFrom = 1000;

/**
 * What the evidence can carry. Thin evidence (few requests, missing spans, lost telemetry) makes no finding certain; what
 * only inflates durations or lowers the load is told beside it.
 */
export function judgeEvidence(
  input: AnalysisInput,
  requests: readonly Request[],
  focus: Focus | null,
  loops: readonly EventLoop[],
): EvidenceQuality {
  const sample = focus?.sample.length ?? 0;
  const incomplete = requests.filter((request) => request.tree.orphans > 0).length;
  const thin = thinNotes(input, requests, focus, incomplete);
  const lacksCpu = machineLacksCpu(loops);
  return {
    level: sample === 0 ? "none" : thin.length > 0 ? "thin" : "good",
    requests: sample,
    slowRequests: focus?.slow.length ?? 0,
    incompleteTraces: incomplete,
    machineLacksCpu: lacksCpu,
    notes: [...thin, ...loadNotes(input, requests), ...(lacksCpu ? [starvationNote(loops)] : [])],
  };
}

function thinNotes(
  input: AnalysisInput,
  requests: readonly Request[],
  focus: Focus | null,
  incomplete: number,
): string[] {
  const notes: string[] = [];
  const sample = focus?.sample.length ?? 0;
  const slow = focus?.slow.length ?? 0;
  if (sample === 0) notes.push("No traced request was found in the time under load.");
  else if (sample < enoughRequests || slow < enoughSlowRequests) {
    notes.push(`Only ${plural(sample, "request")} of this kind (${slow} slow) were traced: percentiles are rough.`);
  }
  if (incomplete > manyIncomplete * requests.length) {
    notes.push(
      `${formatPercent(incomplete / requests.length)} of the traces miss spans: parts of the critical path may be blamed on their surroundings.`,
    );
  }
  const lost = increaseOf(input, "telemetry-refused");
  if (lost > 0) notes.push(`The collector refused or lost ${formatNumber(lost)} items of telemetry under load.`);
  return notes;
}

function loadNotes({ load, traces }: AnalysisInput, requests: readonly Request[]): string[] {
  if (load === null) return [];
  const notes: string[] = [];
  if (traces.length < cappedFrom && requests.length < fewTraced * load.requests) {
    notes.push(
      `${requests.length} of the load's ${plural(load.requests, "request")} are looked at: the others were not sampled, not traced, or part of a cold start.`,
    );
  }
  if (load.droppedIterations > 0) {
    notes.push(
      `The load generator could not start ${plural(load.droppedIterations, "iteration")} for want of virtual users: the offered load was lower than asked for.`,
    );
  }
  return notes;
}

function starvationNote(loops: readonly EventLoop[]): string {
  const [worst] = loops.filter(isStarved).sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0));
  const told =
    worst === undefined
      ? ""
      : `: ${possessive(worst.service)} event loop was ready to run ${formatPercent(worst.utilization ?? 0)} of the time, but on a CPU for only ${formatPercent(worst.onCpu ?? 0)} of that`;
  return `The machine lacked CPU${told}. All durations are inflated; run the load generator elsewhere, or end other programs.`;
}

function increaseOf({ series }: AnalysisInput, signal: string): number {
  let increase = 0;
  for (const { points } of series[signal] ?? []) {
    for (let index = 1; index < points.length; index++) {
      increase += Math.max(0, (points[index]?.[1] ?? 0) - (points[index - 1]?.[1] ?? 0));
    }
  }
  return increase;
}
