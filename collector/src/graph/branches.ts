import type { Consumer } from "../component.js";
import type { Lane, PipelineBooks } from "../ledger.js";
import type { Branch } from "./fan-out.js";

/** The door of a pipeline. */
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
    refuse: (items) => {
      books.undecided -= items;
      books.refused += items;
    },
    lose: (items, refusal) => {
      books.undecided -= items;
      books.accepted += items;
      books.lost.drop(items, refusal.reason);
    },
  };
}

/** The end of a pipeline at an exporter, or (`counted`) at a connector, which has no books of its own. */
export function exitBranch(lane: Lane, consumer: Consumer, counted: boolean): Branch {
  return {
    consumer,
    offer: (items) => {
      lane.entered += items;
    },
    take: (items) => {
      if (counted) lane.sent += items;
    },
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
    take: () => {},
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
    take: () => {},
    refuse: (items) => {
      lane.sent -= items;
    },
    lose: (items, refusal) => lane.drop(items, refusal.reason),
  };
}
