import type { Batch } from "@venturi/otlp";
import type { Consumer, Outcome, Refusal } from "../component.js";

/** One way that a batch can take, with the books that follow it. Every call counts `items`. */
export interface Branch {
  readonly consumer: Consumer;
  /** A batch is offered; exactly one of the others follows. */
  offer(items: number): void;
  take(items: number): void;
  /** Nobody took it: the sender keeps it. */
  refuse(items: number, refusal: Refusal): void;
  /** Somebody else took it, so the sender was told "yes", but this branch has it not. */
  lose(items: number, refusal: Refusal): void;
}

/**
 * Hands the same batch to several consumers. It is refused only when every branch refuses: one dead backend must not stop
 * the others, and a sender that is told "no" would send a second time to those who took it. What a branch then misses is
 * counted as its loss.
 */
export function fanOut(branches: readonly Branch[]): Consumer {
  const only = branches[0];
  if (only !== undefined && branches.length === 1) return { consume: (batch) => single(only, batch) };
  return { consume: (batch) => several(branches, batch) };
}

function single(branch: Branch, batch: Batch): Outcome | Promise<Outcome> {
  const items = batch.itemCount;
  branch.offer(items);
  const outcome = branch.consumer.consume(batch);
  if (outcome === undefined) {
    branch.take(items);
    return undefined;
  }
  const settle = (settled: Outcome): Outcome => {
    if (settled === undefined) branch.take(items);
    else branch.refuse(items, settled);
    return settled;
  };
  return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
}

function several(branches: readonly Branch[], batch: Batch): Outcome | Promise<Outcome> {
  const outcomes: (Outcome | Promise<Outcome>)[] = [];
  let waits = false;
  for (const branch of branches) branch.offer(batch.itemCount);
  for (const branch of branches) {
    const outcome = branch.consumer.consume(batch);
    waits ||= outcome instanceof Promise;
    outcomes.push(outcome);
  }
  if (!waits) return settleAll(branches, outcomes as Outcome[], batch.itemCount);
  return Promise.all(outcomes).then((settled) => settleAll(branches, settled, batch.itemCount));
}

function settleAll(branches: readonly Branch[], outcomes: readonly Outcome[], items: number): Outcome {
  const anyTook = outcomes.includes(undefined);
  branches.forEach((branch, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) branch.take(items);
    else if (anyTook) branch.lose(items, outcome);
    else branch.refuse(items, outcome);
  });
  return anyTook ? undefined : outcomes[0];
}
