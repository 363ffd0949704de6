import { wrapScript } from "../k6/script-wrapper.js";
import type { Staircase } from "./staircase.js";

/**
 * A script that runs the user's one at rates that rise step by step, in an open model: requests come whether or not
 * earlier ones were answered, as users do. The script's own functions, setup, teardown, summary and options stay;
 * its load (scenarios, stages, VUs) and its thresholds make way. With several scenarios each keeps its share.
 */
export function kneeScript(
  script: string,
  { rates, stepSeconds }: Staircase,
  vusMax: number,
  traceShare: number | undefined,
): string {
  const settings = { rates, stepSeconds, vusMax };
  const more = `const { rates, stepSeconds, vusMax } = ${JSON.stringify(settings)};
const own = script.options || {};
const replaced = ["scenarios", "stages", "vus", "duration", "iterations", "thresholds", "rps", "executionSegment"];
export const options = Object.fromEntries(Object.entries(own).filter(([name]) => !replaced.includes(name)));
const rateOf = ({ rate, timeUnit }) => {
  const [, count = "1", unit = "s"] = /^(\\d*)(ms|s|m|h)?/.exec(String(timeUnit || "1s")) || [];
  return rate === undefined ? undefined : rate / (Number(count || 1) * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit]);
};
const scenarios = Object.entries(own.scenarios || {});
const parts = scenarios.length === 0 ? [["load", {}]] : scenarios;
const known = parts.map(([, scenario]) => rateOf(scenario));
const weights = known.every((rate) => rate > 0) ? known : parts.map(() => 1);
const total = weights.reduce((sum, weight) => sum + weight, 0);
options.scenarios = Object.fromEntries(parts.map(([name, { exec, env, tags, options: more }], index) => {
  const share = weights[index] / total;
  // Per minute, since k6 takes whole numbers only.
  const target = (rate) => Math.max(1, Math.round(rate * share * 60));
  const stages = rates.flatMap((rate, step) => [
    ...(step === 0 ? [] : [{ target: target(rate), duration: "0s" }]),
    { target: target(rate), duration: stepSeconds + "s" },
  ]);
  return [name, {
    executor: "ramping-arrival-rate",
    startRate: target(rates[0]),
    timeUnit: "1m",
    stages,
    preAllocatedVUs: Math.max(1, Math.round(vusMax * share)),
    gracefulStop: "2s",
    ...(exec === undefined ? {} : { exec }),
    ...(env === undefined ? {} : { env }),
    ...(tags === undefined ? {} : { tags }),
    ...(more === undefined ? {} : { options: more }),
  }];
}));
`;
  return wrapScript(script, traceShare, more);
}
