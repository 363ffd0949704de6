import type { Consumer } from "../component.js";
import type { Lane, PipelineBooks } from "../ledger.js";
import type { Branch } from "./fan-out.js";

const nothing = (): void => {};

/** The door of a pipeline. What declines has already balanced its books inside, so it leaves at once. */
export function entryBranch(books: PipelineBooks, consumer: Consumer): Branch {
  return {
    consumer,
    offer: (items) => {
      books.undecided += items;
    },
    take: (items) => {
      books.undecided -= items;
      books.accepted += items;
    },
    decline: (items) => {
      books.undecided -= items;
    },
    refuse: (items) => {
      books.refused += items;
    },
    lose: (items, refusal) => {
      books.accepted += items;
      books.lost.drop(items, refusal.reason);
    },
  };
}

/**
 * The end of a pipeline at an exporter, or (`counted`) at a connector, which has no books of its own. What declines stays
 * inside until the other ends have answered: only then is it refused or lost.
 */
export function exitBranch(lane: Lane, consumer: Consumer, counted: boolean): Branch {
  return {
    consumer,
    offer: (items) => {
      lane.entered += items;
    },
    take: (items) => {
      if (counted) lane.sent += items;
    },
    decline: nothing,
    refuse: (items) => {
      lane.entered -= items;
    },
    lose: (items, refusal) => lane.drop(items, refusal.reason),
  };
}

/** What goes into a processor. */
export function processorEntry(lane: Lane, consumer: Consumer): Branch {
  return {
    consumer,
    offer: (items) => {
      lane.entered += items;
    },
    take: nothing,
    decline: nothing,
    refuse: (items) => {
      lane.entered -= items;
    },
    lose: (items, refusal) => lane.drop(items, refusal.reason),
  };
}

/** What comes out of a processor. */
export function processorExit(lane: Lane, consumer: Consumer): Branch {
  return {
    consumer,
    offer: (items) => {
      lane.sent += items;
    },
    take: nothing,
    decline: nothing,
    refuse: (items) => {
      lane.sent -= items;
    },
    lose: (items, refusal) => lane.drop(items, refusal.reason),
  };
}
