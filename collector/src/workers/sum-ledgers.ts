import type { ExitLedger, LedgerSnapshot, PipelineLedger, ProcessorLedger } from "../ledger.js";

/** The books of several workers as those of one collector; they balance when all of them do. */
export function sumLedgers(ledgers: readonly LedgerSnapshot[]): LedgerSnapshot {
  const pipelines = new Map<string, PipelineLedger>();
  for (const one of ledgers.flatMap((ledger) => ledger.pipelines)) {
    const sum = pipelines.get(one.pipeline);
    pipelines.set(one.pipeline, sum === undefined ? one : addPipelines(sum, one));
  }
  return { pipelines: [...pipelines.values()] };
}

function addPipelines(a: PipelineLedger, b: PipelineLedger): PipelineLedger {
  return {
    pipeline: a.pipeline,
    signal: a.signal,
    accepted: a.accepted + b.accepted,
    refused: a.refused + b.refused,
    undecided: a.undecided + b.undecided,
    waiting: a.waiting + b.waiting,
    dropped: addCounts(a.dropped, b.dropped),
    processors: join<ProcessorLedger>(a.processors, b.processors, (one, other) => ({
      dropped: addCounts(one.dropped, other.dropped),
      held: one.held + other.held,
      ...createdBy((one.created ?? 0) + (other.created ?? 0)),
    })),
    exits: join<ExitLedger>(a.exits, b.exits, (one, other) => ({
      kind: one.kind,
      sent: one.sent + other.sent,
      dropped: addCounts(one.dropped, other.dropped),
      queued: one.queued + other.queued,
      recovered: one.recovered + other.recovered,
      stored: one.stored + other.stored,
    })),
    balanced: a.balanced && b.balanced,
  };
}

function createdBy(created: number): Pick<ProcessorLedger, "created"> {
  return created > 0 ? { created } : {};
}

function addCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  return join(a, b, (one, other) => one + other);
}

function join<Value>(
  a: Readonly<Record<string, Value>>,
  b: Readonly<Record<string, Value>>,
  add: (one: Value, other: Value) => Value,
): Record<string, Value> {
  const result: Record<string, Value> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const known = result[key];
    result[key] = known === undefined ? value : add(known, value);
  }
  return result;
}
