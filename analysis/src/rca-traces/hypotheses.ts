import { CallPatterns, type Passages } from "./call-patterns.js";
import type { CpuEvidence } from "./cpu-use.js";
import { correlated, mixtureEvidence } from "./evidence.js";
import type { RcaTraceSettings } from "./model.js";
import { judgePlaces, type PlaceEvidence } from "./place-times.js";
import type { Request } from "./request.js";

/**
 * How a fault of one service shows:
 * `delay`: whoever calls it waits longer than it works (its listening side: network in, accept queue);
 * `network`: that, and its own calls too;
 * `starvation`: that, its own work too, and its CPU use tells why;
 * `code`: requests break off in one of its operations.
 */
export type FaultKind = "delay" | "network" | "starvation" | "code";

export interface Hypothesis {
  readonly service: string;
  readonly kind: FaultKind;
  readonly evidence: number;
  /** For `code`, what broke off; else the places that the fault would touch. */
  readonly broken: Passages | null;
  readonly places: readonly PlaceEvidence[];
  readonly cpu: CpuEvidence | null;
}

/** What each fault of each service explains of the difference between ordinary and suspect requests. */
export function hypotheses(
  ordinary: readonly Request[],
  suspect: readonly Request[],
  cpu: ReadonlyMap<string, CpuEvidence>,
  settings: RcaTraceSettings,
): Hypothesis[] {
  const touched = placesByService(judgePlaces(ordinary, suspect, settings));
  const found: Hypothesis[] = [];
  for (const [service, { into, out, work }] of touched) {
    const own = cpu.get(service) ?? null;
    const slow = (kind: FaultKind, places: readonly PlaceEvidence[], use: CpuEvidence | null): Hypothesis => {
      const evidence = mixtureEvidence(places.map(({ sampled }) => sampled)) + (use?.evidence ?? 0);
      return { service, kind, evidence, places, broken: null, cpu: use };
    };
    found.push(slow("delay", into, null));
    found.push(slow("network", [...into, ...out], null));
    found.push(slow("starvation", [...into, ...out, ...work], own));
  }
  for (const broken of new CallPatterns(ordinary).judge(suspect)) {
    const evidence = mixtureEvidence([correlated(broken.ratios, settings.correlation)]);
    found.push({ service: broken.service, kind: "code", evidence, places: [], broken, cpu: null });
  }
  return found;
}

interface Touched {
  readonly into: PlaceEvidence[];
  readonly out: PlaceEvidence[];
  readonly work: PlaceEvidence[];
}

function placesByService(judged: readonly PlaceEvidence[]): Map<string, Touched> {
  const byService = new Map<string, Touched>();
  const of = (service: string): Touched => {
    const touched = byService.get(service) ?? { into: [], out: [], work: [] };
    byService.set(service, touched);
    return touched;
  };
  for (const at of judged) {
    if (at.place.kind === "work") of(at.place.service).work.push(at);
    else {
      of(at.place.caller).out.push(at);
      of(at.place.callee).into.push(at);
    }
  }
  return byService;
}
