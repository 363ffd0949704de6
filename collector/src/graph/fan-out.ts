import type { Batch } from "@venturi/otlp";
import type { Consumer, Outcome, Refusal } from "../component.js";
import { share } from "../lease.js";

/**
 * One way that a batch can take, with the books that follow it. Every call counts `items`. After `offer` comes `take`; or
 * `decline`, and then, when the other branches have answered too, `refuse` or `lose`.
 */
export interface Branch {
  readonly consumer: Consumer;
  offer(items: number): void;
  take(items: number): void;
  /** This branch took nothing; what that means depends on the others. */
  decline(items: number): void;
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
  const settle = (outcome: Outcome): Outcome => {
    answered(branch, items, outcome);
    if (outcome !== undefined) branch.refuse(items, outcome);
    return outcome;
  };
  const outcome = branch.consumer.consume(batch);
  return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
}

function several(branches: readonly Branch[], batch: Batch): Outcome | Promise<Outcome> {
  const items = batch.itemCount;
  for (const branch of branches) branch.offer(items);
  share(batch, branches.length);
  let waits = false;
  const outcomes = branches.map((branch) => {
    const outcome = branch.consumer.consume(batch);
    if (!(outcome instanceof Promise)) return answered(branch, items, outcome);
    waits = true;
    return outcome.then((settled) => answered(branch, items, settled));
  });
  if (!waits) return settleAll(branches, outcomes as Outcome[], items);
  return Promise.all(outcomes).then((settled) => settleAll(branches, settled, items));
}

function answered(branch: Branch, items: number, outcome: Outcome): Outcome {
  if (outcome === undefined) branch.take(items);
  else branch.decline(items);
  return outcome;
}

function settleAll(branches: readonly Branch[], outcomes: readonly Outcome[], items: number): Outcome {
  const anyTook = outcomes.includes(undefined);
  branches.forEach((branch, index) => {
    const outcome = outcomes[index];
    if (outcome === undefined) return;
    if (anyTook) branch.lose(items, outcome);
    else branch.refuse(items, outcome);
  });
  return anyTook ? undefined : outcomes[0];
}
