import { randomUUID } from "node:crypto";
import { type CollectorSettings, type RunningCollector, startCollector } from "../collector.js";
import type { LedgerSnapshot } from "../ledger.js";
import type { Answers, Ask, Questions, Reply, Topic } from "./messages.js";

/**
 * The life of a worker process: does what the primary asks until that is the end. Signals are the primary's business: a
 * terminal sends them to all processes at once. When the primary is gone the worker delivers what it has and ends.
 */
export function runWorker(settings: Omit<CollectorSettings, "configs" | "set">): Promise<void> {
  return new Promise((resolve) => new Worker(settings, resolve));
}

class Worker {
  private readonly settings: Omit<CollectorSettings, "configs" | "set">;
  private readonly end: () => void;
  private collector: RunningCollector | undefined;
  private ending = false;

  constructor(settings: Omit<CollectorSettings, "configs" | "set">, end: () => void) {
    this.settings = settings;
    this.end = end;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
    process.on("message", (ask: Ask) => void this.handle(ask));
    process.on("disconnect", () => void this.orphaned());
    send({ id: 0, answer: "ready" });
  }

  private async handle({ id, topic, question }: Ask): Promise<void> {
    let reply: Reply;
    try {
      reply = { id, answer: await this.answer(topic, question) };
    } catch (error) {
      const { name, message } = error as Error;
      reply = { id, error: { name, message } };
    }
    send(reply);
    if (topic === "shutdown") process.disconnect();
  }

  private async answer(topic: Topic, question: Questions[Topic]): Promise<Answers[Topic]> {
    switch (topic) {
      case "start":
        return this.start(question as Questions["start"]);
      case "reload": {
        const { role, sources } = question as Questions["reload"];
        await this.running().reload({ ...sources, role });
        return "reloaded";
      }
      case "endpoints":
        return this.running().endpoints;
      case "ledger":
        return this.running().ledger();
      case "metrics":
        return this.running().metrics((question as Questions["metrics"]).reader);
      case "shutdown":
        return this.shutdown();
    }
  }

  private async start({ role, sources }: Questions["start"]): Promise<Answers["start"]> {
    // Own series for every worker: whoever receives `collector.instance.id` or `service.instance.id` tells them apart.
    this.collector = await startCollector({ ...this.settings, ...sources, role, instanceId: randomUUID() });
    return "started";
  }

  private async shutdown(): Promise<LedgerSnapshot> {
    this.ending = true;
    await this.collector?.shutdown();
    return this.collector?.ledger() ?? { pipelines: [] };
  }

  private async orphaned(): Promise<void> {
    // While the end was under way: the primary does not wait any longer, so nobody does.
    if (!this.ending) await this.shutdown();
    this.end();
  }

  private running(): RunningCollector {
    if (this.collector === undefined) throw new Error("BUG: the worker was not started");
    return this.collector;
  }
}

function send(reply: Reply): void {
  if (process.connected) process.send?.(reply);
}
