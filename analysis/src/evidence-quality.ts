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

export function judgeEvidence(
  input: AnalysisInput,
  requests: readonly Request[],
  focus: Focus | null,
  loops: readonly EventLoop[],
): EvidenceQuality {
  const notes: string[] = [];
  const sample = focus?.sample.length ?? 0;
  const slow = focus?.slow.length ?? 0;
  const incomplete = requests.filter((request) => request.tree.orphans > 0).length;
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
  const dropped = input.load?.droppedIterations ?? 0;
  if (dropped > 0)
    notes.push(
      `The load generator could not start ${plural(dropped, "iteration")} for want of virtual users: the offered load was lower than asked for.`,
    );
  const lacksCpu = machineLacksCpu(loops);
  if (lacksCpu) notes.push(starvationNote(loops));
  const level = sample === 0 ? "none" : notes.length > 0 ? "thin" : "good";
  return {
    level,
    requests: sample,
    slowRequests: slow,
    incompleteTraces: incomplete,
    machineLacksCpu: lacksCpu,
    notes,
  };
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
