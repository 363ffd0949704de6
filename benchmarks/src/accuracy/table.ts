import { cpus, release, totalmem } from "node:os";
import type { Observation } from "./run-once.js";

/** What must be named first for a fault; null: nothing may be named. */
export type Truth = Readonly<Record<string, { readonly kind: string; readonly service: string } | null>>;

/**
 * True when the fault that was switched on is among the report's first `top` findings, or there is none where there was
 * none.
 */
export function isRight(observation: Observation, truth: Truth, top = 1): boolean {
  const expected = truth[observation.fault];
  if (observation.exitCode !== 0 || observation.verdict === "no report" || expected === undefined) return false;
  if (expected === null) return observation.found.length === 0;
  return observation.found
    .slice(0, top)
    .some(({ kind, service }) => kind === expected.kind && service === expected.service);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(fault: string, observations: readonly Observation[], truth: Truth): string {
  const expected = truth[fault];
  const right = observations.filter((one) => isRight(one, truth));
  const shares = right.flatMap((one) => one.found.slice(0, 1).map((found) => found.shareOfP95 * 100));
  const p95 = observations.flatMap((one) => (one.p95Ms === null ? [] : [one.p95Ms]));
  const errors = right.flatMap((one) => (one.gainError === null ? [] : [one.gainError]));
  const misses = observations.filter((one) => !right.includes(one)).map((one) => one.verdict.replaceAll("|", "/"));
  const cells = [
    `\`${fault}\``,
    expected ? `${expected.service}: ${expected.kind}` : "no finding",
    `${right.length} of ${observations.length}`,
    `${observations.filter((one) => isRight(one, truth, 3)).length} of ${observations.length}`,
    shares.length > 0 ? `${Math.round(Math.min(...shares))}–${Math.round(Math.max(...shares))} %` : "–",
    p95.length > 0 ? `${Math.round(median(p95))} ms` : "–",
    errors.length > 0 ? errors.map((error) => `${error > 0 ? "+" : ""}${Math.round(error * 100)} %`).join(", ") : "–",
    misses.length > 0 ? misses.join("; ") : "–",
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The Markdown page of a whole series of runs. */
export function accuracyPage(observations: readonly Observation[], truth: Truth, command: string): string {
  const faults = [...new Set(observations.map((one) => one.fault))];
  const right = observations.filter((one) => isRight(one, truth)).length;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  return `# Accuracy of the diagnosis

Written by \`${command}\`. Each run starts from nothing: the shop, the collector and the store come up, one fault is switched
on (or none), k6 sends load, and the report's *first* finding is held against the fault. The order of the faults is
interleaved.

**${right} of ${observations.length} runs right.** ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${machine}.

| fault | to be named first | first | in the first three | share of p95 | k6's p95, median | predicted gain against measured | wrong verdicts |
|---|---|---|---|---|---|---|---|
${faults
  .map((fault) =>
    row(
      fault,
      observations.filter((one) => one.fault === fault),
      truth,
    ),
  )
  .join("\n")}
`;
}
