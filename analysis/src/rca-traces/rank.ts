import { judgeCpu } from "./cpu-use.js";
import { logMeanExp } from "./evidence.js";
import { type Hypothesis, hypotheses } from "./hypotheses.js";
import { defaultRcaTraceSettings, type RankedService, type RcaTraceSettings, type TraceIncident } from "./model.js";
import { type Request, requestsOf } from "./request.js";
import { explain } from "./why.js";

/** Which requests would show the fault, and which are ordinary: nobody knows whether it began at the alert. */
interface Contrast {
  readonly when: string;
  readonly ordinary: readonly Request[];
  readonly suspect: readonly Request[];
}

/**
 * Ranks the services by how much better "the fault is here" explains the incident than "nothing changed here" does; best
 * first. Deterministic; service names are only compared, and break ties of equal evidence.
 */
export function rankServices(
  incident: TraceIncident,
  settings: RcaTraceSettings = defaultRcaTraceSettings,
): RankedService[] {
  const cpu = judgeCpu(incident, settings);
  const byService = new Map<string, Told[]>();
  for (const { when, ordinary, suspect } of contrasts(incident)) {
    for (const hypothesis of hypotheses(ordinary, suspect, cpu, settings)) {
      const told = byService.get(hypothesis.service) ?? [];
      told.push({ hypothesis, when });
      byService.set(hypothesis.service, told);
    }
  }
  return [...byService]
    .map(([service, told]) => ({ service, score: scoreOf(told), why: whyOf(told) }))
    .sort((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1));
}

interface Told {
  readonly hypothesis: Hypothesis;
  readonly when: string;
}

function contrasts({ normal, issue, alertTimeS, issueStartUnixUs }: TraceIncident): Contrast[] {
  const alertUs = alertTimeS * 1e6 - issueStartUnixUs;
  const ordinary = requestsOf(normal);
  const all = requestsOf(issue);
  const before = all.filter(({ startUs }) => startUs < alertUs);
  const after = all.filter(({ startUs }) => startUs >= alertUs);
  return [
    { when: "since the alert", ordinary: [...ordinary, ...before], suspect: after },
    { when: "before and after the alert", ordinary, suspect: all },
  ];
}

/** One kind of fault at one time is true, and beforehand each is as likely as the others; so is each broken operation. */
function scoreOf(told: readonly Told[]): number {
  const byKind = new Map<string, number[]>();
  for (const { hypothesis, when } of told) {
    const key = `${hypothesis.kind} ${when}`;
    byKind.set(key, [...(byKind.get(key) ?? []), hypothesis.evidence]);
  }
  return logMeanExp([...byKind.values()].map(logMeanExp));
}

function whyOf(told: readonly Told[]): string {
  const best = told.reduce((a, b) => (b.hypothesis.evidence > a.hypothesis.evidence ? b : a));
  return explain(best.hypothesis, best.when);
}
