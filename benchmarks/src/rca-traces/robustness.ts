import { defaultRcaTraceSettings, type RcaTraceSettings, rankServices, type TraceIncident } from "@venturi/analysis";
import { seededRandom } from "../store/random.js";
import type { Case } from "./cases.js";

/** How the ranks change when the method or its input does. */
export interface Trial {
  readonly what: string;
  readonly all: readonly [at1: number, at3: number];
  /** Delay and CPU faults alone. */
  readonly slow: readonly [at1: number, at3: number];
}

const isSlow = ({ fault }: Case): boolean => fault === "network_delay" || fault === "cpu_contention";

type Change = (incident: TraceIncident, service: string) => readonly [incident: TraceIncident, service: string];

export function trials(cases: readonly Case[]): Trial[] {
  const done: Trial[] = [];
  const attempt = (what: string, change: Change, settings = defaultRcaTraceSettings): void => {
    const ranks = cases.map((one) => rankOf(...change(one.incident, one.service), settings));
    done.push({ what, all: shares(ranks), slow: shares(ranks.filter((_, at) => cases[at] && isSlow(cases[at]))) });
  };
  const as = (incident: (from: TraceIncident) => TraceIncident): Change => {
    return (from, service) => [incident(from), service];
  };
  attempt("as it is", (incident, service) => [incident, service]);
  for (const name of Object.keys(defaultRcaTraceSettings) as (keyof RcaTraceSettings)[]) {
    for (const factor of [0.5, 1.5]) {
      const settings = { ...defaultRcaTraceSettings, [name]: defaultRcaTraceSettings[name] * factor };
      attempt(`${name} × ${factor}`, (incident, service) => [incident, service], settings);
    }
  }
  attempt("services renamed, all orders shuffled", disguise(seededRandom(1)));
  attempt(
    "without CPU use",
    as((from) => ({ ...from, cpu: new Map() })),
  );
  attempt(
    "without the normal minute",
    as((from) => ({ ...from, normal: [] })),
  );
  for (const share of [2, 4]) attempt(`one trace in ${share}`, as(thinned(share)));
  for (const lateS of [-20, 20]) {
    attempt(
      `alert ${lateS} s`,
      as((from) => ({ ...from, alertTimeS: from.alertTimeS + lateS })),
    );
  }
  return done;
}

/** Percentile bootstrap over the cases: 95 % interval of the share that is named first. */
export function bootstrap(cases: readonly Case[]): readonly [low: number, high: number] {
  const random = seededRandom(2);
  const hits = cases.map(({ incident, service }) => rankOf(incident, service, defaultRcaTraceSettings) === 1);
  const shares: number[] = [];
  for (let round = 0; round < 4000; round++) {
    const drawn = hits.map(() => hits[Math.floor(random() * hits.length)]);
    shares.push(drawn.filter(Boolean).length / hits.length);
  }
  shares.sort((a, b) => a - b);
  return [shares[100] ?? 0, shares[3899] ?? 0];
}

/** From 1; infinite when the service is not ranked. */
function rankOf(incident: TraceIncident, service: string, settings: RcaTraceSettings): number {
  const at = rankServices(incident, settings).findIndex((ranked) => ranked.service === service);
  return at === -1 ? Number.POSITIVE_INFINITY : at + 1;
}

function shares(ranks: readonly number[]): [number, number] {
  const within = (top: number): number => ranks.filter((rank) => rank <= top).length / ranks.length;
  return [within(1), within(3)];
}

function thinned(share: number): (incident: TraceIncident) => TraceIncident {
  return (incident) => {
    const ids = [...new Set(incident.issue.map(({ traceId }) => traceId))];
    const kept = new Set(ids.filter((_, at) => at % share === 0));
    return { ...incident, issue: incident.issue.filter(({ traceId }) => kept.has(traceId)) };
  };
}

function disguise(random: () => number): Change {
  return (incident, service) => {
    const names = new Set([...incident.normal, ...incident.issue].map((span) => span.service));
    for (const name of incident.cpu.keys()) names.add(name);
    const alias = new Map(shuffled([...names], random).map((name, at) => [name, `service-${at}`]));
    const rename = (name: string): string => alias.get(name) ?? name;
    const spans = (list: TraceIncident["normal"]) =>
      shuffled(list, random).map((span) => ({ ...span, service: rename(span.service) }));
    const cpu = new Map(shuffled([...incident.cpu], random).map(([name, samples]) => [rename(name), samples]));
    return [{ ...incident, normal: spans(incident.normal), issue: spans(incident.issue), cpu }, rename(service)];
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
