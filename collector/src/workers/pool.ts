import cluster, { type Worker } from "node:cluster";
import { StartError } from "../component.js";
import { ConfigError } from "../config/config-error.js";
import type { Logger } from "../telemetry/logger.js";
import type { Answers, Ask, Questions, Reply, Topic } from "./messages.js";

export interface PoolSettings {
  readonly count: number;
  readonly log: Logger;
  /** What a worker is told when it starts, the first time and after a crash. */
  readonly assignment: (index: number) => Questions["start"];
  readonly restarted: () => void;
}

/** A worker that lived this long crashed by accident: the next wait is the first one again. */
const STABLE_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;

/** Worker processes of `node:cluster`, which share the ports that they listen on. One that crashed is started again. */
export class Pool {
  private readonly settings: PoolSettings;
  private readonly links = new Map<number, Link>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly crashes = new Map<number, number>();
  private closing = false;

  constructor(settings: PoolSettings) {
    this.settings = settings;
  }

  /** @throws ConfigError, StartError of the first worker that cannot start. */
  async start(): Promise<void> {
    // The first one alone: what is wrong is wrong for all of them.
    await this.launch(1);
    await Promise.all(Array.from({ length: this.settings.count - 1 }, (_, index) => this.launch(index + 2)));
  }

  /** Whether every worker is there and answers. */
  get isComplete(): boolean {
    return this.links.size === this.settings.count && [...this.links.values()].every(({ started }) => started);
  }

  ask<T extends Topic>(index: number, topic: T, question: Questions[T]): Promise<Answers[T]> {
    const link = this.links.get(index);
    if (link === undefined) return Promise.reject(new Error(`worker ${index} is not running`));
    return link.ask(topic, question);
  }

  /** The answers of those that run; one that ends meanwhile is left out. */
  async askAll<T extends Topic>(topic: T, question: Questions[T]): Promise<Answers[T][]> {
    const started = [...this.links.values()].filter((link) => link.started);
    const settled = await Promise.allSettled(started.map((link) => link.ask(topic, question)));
    return settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  /** Ends a worker that cannot go on as it is; it starts again. */
  kill(index: number): void {
    this.links.get(index)?.process.process.kill("SIGKILL");
  }

  /** Lets all deliver what they have, and ends by force who takes longer than `withinMs`. Answers their last books. */
  async shutdown(withinMs: number): Promise<Answers["shutdown"][]> {
    this.closing = true;
    for (const timer of this.timers) clearTimeout(timer);
    const links = [...this.links.values()];
    const force = setTimeout(() => {
      for (const { process } of links) process.process.kill("SIGKILL");
    }, withinMs);
    const ledgers = await this.askAll("shutdown", {});
    await Promise.all(links.map(({ gone }) => gone));
    clearTimeout(force);
    return ledgers;
  }

  private async launch(index: number): Promise<void> {
    const link = new Link(index);
    this.links.set(index, link);
    const bornMs = performance.now();
    void link.gone.then((how) => {
      this.links.delete(index);
      if (!this.closing && link.started) this.crashed(index, how, performance.now() - bornMs);
    });
    try {
      await link.ready;
      await link.ask("start", this.settings.assignment(index));
      link.started = true;
    } catch (error) {
      link.process.process.kill("SIGKILL");
      await link.gone;
      throw error;
    }
  }

  private crashed(index: number, how: string, livedMs: number): void {
    const before = livedMs >= STABLE_MS ? 0 : (this.crashes.get(index) ?? 0);
    this.crashes.set(index, before + 1);
    const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** before);
    this.settings.log.error("A worker has ended. What it held in memory is lost. It is started again.", {
      worker: index,
      how,
      after: `${waitMs / 1000}s`,
    });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.settings.restarted();
      this.launch(index).catch((error: Error) => {
        if (!this.closing) this.crashed(index, error.message, 0);
      });
    }, waitMs);
    this.timers.add(timer);
  }
}

/** The line to one worker process. */
class Link {
  readonly process: Worker;
  readonly ready: Promise<void>;
  /** Resolves with how it ended. */
  readonly gone: Promise<string>;
  started = false;
  private nextId = 1;
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();

  constructor(index: number) {
    this.process = cluster.fork();
    this.gone = new Promise((resolve) => {
      this.process.on("exit", (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    this.ready = new Promise((resolve, reject) => this.waiting.set(0, { resolve, reject }));
    this.process.on("message", (reply: Reply) => this.receive(reply));
    this.process.on("error", () => {
      // Of the channel: that the process is gone is told by `exit`.
    });
    void this.gone.then((how) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`worker ${index} has ended (${how})`));
    });
  }

  ask<T extends Topic>(topic: T, question: Questions[T]): Promise<Answers[T]> {
    const id = this.nextId++;
    return new Promise<Answers[T]>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const ask: Ask<T> = { id, topic, question };
      if (this.process.isConnected()) this.process.send(ask);
      else reject(new Error("the worker is gone"));
    });
  }

  private receive(reply: Reply): void {
    const asker = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if ("answer" in reply) asker?.resolve(reply.answer as never);
    else asker?.reject(revive(reply.error));
  }
}

/** An error of a worker is the same kind of error here. */
function revive({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (name === "StartError") return new StartError(message);
  if (name !== "ConfigError") return new Error(message);
  return new ConfigError(message.split("\n").map((line) => ({ place: undefined, path: "", message: line })));
}
