import type { Signal } from "@venturi/otlp";

/**
 * The books of one stretch of a pipeline: everything that `entered` has left (`sent`), was removed (`dropped`, by
 * reason) or is still inside. An exporter has one lane per pipeline that feeds it, a processor exactly one.
 */
export class Lane {
  entered = 0;
  /** Handed on: exported, consumed by a connector, or passed to the next component. */
  sent = 0;
  droppedTotal = 0;
  readonly dropped: Map<string, number> = new Map();

  drop(items: number, reason: string): void {
    this.droppedTotal += items;
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + items);
  }

  /** Items that entered and have no fate yet. */
  get inside(): number {
    return this.entered - this.sent - this.droppedTotal;
  }
}

/** The books of one pipeline. Every number counts items: spans, metric points or log records. */
export class PipelineBooks {
  accepted = 0;
  /** Told to come back: the sender still has them. */
  refused = 0;
  /** Offered, and some consumer still makes up its mind (no queue, `block_on_overflow`). */
  undecided = 0;
  /** Accepted for another pipeline, so the sender was told "yes", but this one could not take them. */
  readonly lost: Lane = new Lane();
  readonly processors: Map<string, Lane> = new Map();
  readonly exits: Map<string, { readonly kind: "exporter" | "connector"; readonly lane: Lane }> = new Map();
  readonly pipeline: string;
  readonly signal: Signal;

  constructor(pipeline: string, signal: Signal) {
    this.pipeline = pipeline;
    this.signal = signal;
  }

  snapshot(): PipelineLedger {
    const processors: Record<string, ProcessorLedger> = {};
    let removed = this.lost.droppedTotal;
    let held = 0;
    for (const [id, lane] of this.processors) {
      processors[id] = { dropped: Object.fromEntries(lane.dropped), held: lane.inside };
      removed += lane.droppedTotal;
      held += lane.inside;
    }
    // What every exit must account for, each on its own.
    const delivered = this.accepted + this.undecided - removed - held;
    const exits: Record<string, ExitLedger> = {};
    let balanced = true;
    for (const [id, { kind, lane }] of this.exits) {
      exits[id] = { kind, sent: lane.sent, dropped: Object.fromEntries(lane.dropped), queued: lane.inside };
      balanced &&= lane.entered === delivered;
    }
    return {
      pipeline: this.pipeline,
      signal: this.signal,
      accepted: this.accepted,
      refused: this.refused,
      undecided: this.undecided,
      dropped: Object.fromEntries(this.lost.dropped),
      processors,
      exits,
      balanced,
    };
  }
}

export interface ProcessorLedger {
  readonly dropped: Readonly<Record<string, number>>;
  readonly held: number;
}

export interface ExitLedger {
  readonly kind: "exporter" | "connector";
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** In the queue or being sent. */
  readonly queued: number;
}

/**
 * For each exit: `accepted + undecided = dropped + Σ processors (dropped + held) + exit.sent + exit.dropped + exit.queued`.
 * `balanced` says that this holds; it is false only for a bug.
 */
export interface PipelineLedger {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly accepted: number;
  readonly refused: number;
  readonly undecided: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly processors: Readonly<Record<string, ProcessorLedger>>;
  readonly exits: Readonly<Record<string, ExitLedger>>;
  readonly balanced: boolean;
}

export interface LedgerSnapshot {
  readonly pipelines: readonly PipelineLedger[];
}

/** One line for people: `traces: accepted 120 = otlphttp (sent 118, dropped 2: permanent_error); metrics: …`. */
export function ledgerLine(ledger: LedgerSnapshot): string {
  return ledger.pipelines.map(pipelineLine).join("; ");
}

function pipelineLine(books: PipelineLedger): string {
  const exits = Object.entries(books.exits).map(([id, exit]) => {
    const queued = exit.queued > 0 ? `, queued ${exit.queued}` : "";
    return `${id} (sent ${exit.sent}${reasons(exit.dropped)}${queued})`;
  });
  const inside = Object.entries(books.processors).flatMap(([id, { dropped, held }]) =>
    held > 0 || Object.keys(dropped).length > 0 ? [`${id} (held ${held}${reasons(dropped)})`] : [],
  );
  const refused = books.refused > 0 ? `, refused ${books.refused}` : "";
  const head = `${books.pipeline}: accepted ${books.accepted}${refused}${reasons(books.dropped)}`;
  return `${head} → ${[...inside, ...exits].join(", ")}`;
}

function reasons(dropped: Readonly<Record<string, number>>): string {
  const entries = Object.entries(dropped);
  if (entries.length === 0) return "";
  const total = entries.reduce((sum, [, items]) => sum + items, 0);
  return `, dropped ${total}: ${entries.map(([reason, items]) => `${reason} ${items}`).join(" ")}`;
}
