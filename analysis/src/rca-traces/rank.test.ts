import { describe, expect, test } from "vitest";
import { faultyServices, type SyntheticFault, syntheticIncident } from "../testing/trace-incident.js";
import type { TraceIncident } from "./model.js";
import { rankServices } from "./rank.js";

const kinds = ["delay", "starvation", "code"] as const;
const seeds = [1, 2];

/** The same incident for somebody who calls the services otherwise and gets the spans in another order. */
function disguised(incident: TraceIncident, rename: (service: string) => string): TraceIncident {
  const spans = (list: TraceIncident["normal"]) =>
    list.map((span) => ({ ...span, service: rename(span.service), traceId: `t${span.traceId}` })).reverse();
  const cpu = new Map([...incident.cpu].reverse().map(([service, samples]) => [rename(service), samples]));
  return { ...incident, normal: spans(incident.normal), issue: spans(incident.issue), cpu };
}

describe("on synthetic incidents with a known cause", () => {
  for (const kind of kinds) {
    test(`a ${kind} fault is found at whichever service it is`, () => {
      const wrong: string[] = [];
      for (const service of faultyServices) {
        for (const seed of seeds) {
          const [first] = rankServices(syntheticIncident(seed, { kind, service }));
          if (first?.service !== service) wrong.push(`${service} (seed ${seed}): ${first?.service}, ${first?.why}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  }

  test("an uneventful issue gives no service as much evidence as any fault gives", () => {
    const none: SyntheticFault = { kind: "none", service: "" };
    const highest = (fault: SyntheticFault): number[] =>
      seeds.map((seed) => rankServices(syntheticIncident(seed, fault))[0]?.score ?? 0);
    const faulty = kinds.flatMap((kind) => highest({ kind, service: "orders" }));
    expect(Math.max(...highest(none))).toBeLessThan(Math.min(...faulty));
  });

  test("names, identifiers and the order of the input change nothing", () => {
    const rename = (service: string): string => `zz-${[...service].reverse().join("")}`;
    for (const kind of kinds) {
      const incident = syntheticIncident(4, { kind, service: "users" });
      const plain = rankServices(incident).filter(({ score }) => score > 0);
      const other = rankServices(disguised(incident, rename)).filter(({ score }) => score > 0);
      expect(other.map(({ service }) => service)).toEqual(plain.map(({ service }) => rename(service)));
      for (const [at, { score }] of plain.entries()) expect(other[at]?.score).toBeCloseTo(score, 6);
    }
  });

  test("says why in one sentence with its numbers", () => {
    const why = (fault: SyntheticFault): string => rankServices(syntheticIncident(1, fault))[0]?.why ?? "";
    expect(why({ kind: "delay", service: "price" })).toMatch(
      /calls to it are slow; the way from \w+ to price and back took 5\d\d ms/,
    );
    expect(why({ kind: "starvation", service: "users" })).toMatch(
      /^users used up to \d+ % of its CPU \(usually .*%\); /,
    );
    expect(why({ kind: "code", service: "orders" })).toMatch(
      /^In \d+ of \d+ requests since the alert, orders \/create ended without the calls that it usually makes\.$/,
    );
  });
});

test("a span that an exporter sent twice counts once", () => {
  const incident = syntheticIncident(1, { kind: "delay", service: "price" });
  const twice = { ...incident, issue: [...incident.issue, ...incident.issue] };
  expect(rankServices(twice)).toEqual(rankServices(incident));
});

test("what nobody has seen before the alert, and missing CPU use, are no evidence", () => {
  const incident = syntheticIncident(1, { kind: "none", service: "" });
  expect(rankServices({ ...incident, normal: [], issue: [], cpu: new Map() })).toEqual([]);
  const unknown = { ...incident, normal: [], alertTimeS: 0, cpu: new Map() };
  expect(rankServices(unknown).every(({ score }) => score <= 0)).toBe(true);
});
