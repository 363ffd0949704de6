import type { Signal } from "@venturi/otlp";

/**
 * The books of one stretch of a pipeline: everything that `entered` or was `recovered` has left (`sent`), was removed
 * (`dropped`, by reason), was left on disk (`stored`) or is still inside. An exporter has one lane per pipeline that
 * feeds it, a processor exactly one.
 */
export class Lane {
  entered = 0;
  /** Found in a persistent queue at its start: accepted by an earlier process, or before a reload. */
  recovered = 0;
  /** In a persistent queue when it closed: the next start recovers them. */
  stored = 0;
  /** Made by this processor out of others: metrics that a function adds. */
  created = 0;
  /** Handed on: exported, consumed by a connector, or passed to the next component. */
  sent = 0;
  droppedTotal = 0;
  readonly dropped: Map<string, number> = new Map();
  /** Whose lane this is; a persistent queue finds it again by that. */
  readonly pipeline: string;

  constructor(pipeline: string = "") {
    this.pipeline = pipeline;
  }

  drop(items: number, reason: string): void {
    this.droppedTotal += items;
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + items);
  }

  /** Items that entered and have no fate yet. */
  get inside(): number {
    return this.entered + this.recovered + this.created - this.sent - this.droppedTotal - this.stored;
  }
}

/** One way out of a pipeline. A reload may take it away and bring it back; its numbers stay. */
interface ExitBooks {
  readonly kind: "exporter" | "connector";
  readonly lane: Lane;
  wired: boolean;
  /** What the pipeline delivered while this exit was not wired. */
  missed: number;
  /** What the pipeline had delivered when this exit was taken away; 0 when it was never there. */
  deliveredUntil: number;
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
  readonly exits: Map<string, ExitBooks> = new Map();
  /** Items that wait at the exits until a reload is over. */
  waiting = 0;
  private wiring = 0;
  readonly pipeline: string;
  readonly signal: Signal;

  constructor(pipeline: string, signal: Signal) {
    this.pipeline = pipeline;
    this.signal = signal;
  }

  processor(id: string): Lane {
    let lane = this.processors.get(id);
    if (lane === undefined) this.processors.set(id, (lane = new Lane(this.pipeline)));
    return lane;
  }

  exit(id: string, kind: ExitBooks["kind"]): Lane {
    let exit = this.exits.get(id);
    if (exit === undefined) {
      exit = { kind, lane: new Lane(this.pipeline), wired: false, missed: 0, deliveredUntil: 0 };
      this.exits.set(id, exit);
    }
    return exit.lane;
  }

  /**
   * From now on these exits, and no others, get what the pipeline delivers. Answers a function to be called with items
   * that these exits, having waited, refused: the pipeline may have been wired anew meanwhile.
   */
  wire(ids: readonly string[]): (refused: number) => void {
    const delivered = this.delivered();
    for (const [id, exit] of this.exits) {
      const wired = ids.includes(id);
      if (wired && !exit.wired) exit.missed += delivered - exit.deliveredUntil;
      if (!wired && exit.wired) exit.deliveredUntil = delivered;
      exit.wired = wired;
    }
    const wiring = ++this.wiring;
    return (refused) => {
      if (this.wiring === wiring) return;
      for (const [id, exit] of this.exits) {
        const wasWired = ids.includes(id);
        if (exit.wired && !wasWired) exit.missed -= refused;
        if (!exit.wired && wasWired) exit.deliveredUntil -= refused;
      }
    };
  }

  /** What came to the end of the pipeline: every exit must account for it, each on its own. */
  private delivered(): number {
    let inside = this.lost.droppedTotal + this.waiting;
    for (const lane of this.processors.values()) inside += lane.droppedTotal + lane.inside - lane.created;
    return this.accepted + this.undecided - inside;
  }

  snapshot(): PipelineLedger {
    const processors: Record<string, ProcessorLedger> = {};
    for (const [id, lane] of this.processors) {
      const created = lane.created > 0 ? { created: lane.created } : {};
      processors[id] = { dropped: Object.fromEntries(lane.dropped), held: lane.inside, ...created };
    }
    const delivered = this.delivered();
    const exits: Record<string, ExitLedger> = {};
    let balanced = true;
    for (const [id, { kind, lane, wired, missed, deliveredUntil }] of this.exits) {
      const { sent, recovered, stored, inside: queued } = lane;
      exits[id] = { kind, sent, dropped: Object.fromEntries(lane.dropped), queued, recovered, stored };
      balanced &&= lane.entered === (wired ? delivered : deliveredUntil) - missed;
    }
    return {
      pipeline: this.pipeline,
      signal: this.signal,
      accepted: this.accepted,
      refused: this.refused,
      undecided: this.undecided,
      waiting: this.waiting,
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
  /** Made out of others; absent when it is none. */
  readonly created?: number;
}

export interface ExitLedger {
  readonly kind: "exporter" | "connector";
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** In the queue or being sent. */
  readonly queued: number;
  /** Came out of a persistent queue at its start. */
  readonly recovered: number;
  /** Left in a persistent queue at its end. */
  readonly stored: number;
}

/**
 * For each exit: `accepted + undecided + exit.recovered + Σ processors created = dropped + waiting + Σ processors (dropped + held) +
 * exit.sent + exit.dropped + exit.queued + exit.stored`; less what the pipeline delivered while a reload had taken the exit out of it.
 * `balanced` says that this holds; it is false only for a bug.
 */
export interface PipelineLedger {
  readonly pipeline: string;
  readonly signal: Signal;
  readonly accepted: number;
  readonly refused: number;
  readonly undecided: number;
  /** Held at the exits while a reload replaces one of them. */
  readonly waiting: number;
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
    const recovered = exit.recovered > 0 ? `recovered ${exit.recovered}, ` : "";
    const queued = exit.queued > 0 ? `, queued ${exit.queued}` : "";
    const stored = exit.stored > 0 ? `, on disk ${exit.stored}` : "";
    return `${id} (${recovered}sent ${exit.sent}${reasons(exit.dropped)}${queued}${stored})`;
  });
  const inside = Object.entries(books.processors).flatMap(([id, { dropped, held, created = 0 }]) => {
    if (held === 0 && created === 0 && Object.keys(dropped).length === 0) return [];
    return [`${id} (held ${held}${created > 0 ? `, created ${created}` : ""}${reasons(dropped)})`];
  });
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
