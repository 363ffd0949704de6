import type { Signal } from "@venturi/otlp";
import type { Component, ComponentHost, Connector, Consumer, Exporter } from "../component.js";
import type { ComponentId } from "../config/component-id.js";
import type { CollectorConfig, ConfiguredComponent, PipelineConfig } from "../config/config.js";
import { Lane, PipelineBooks } from "../ledger.js";
import { entryBranch, exitBranch, processorEntry, processorExit } from "./branches.js";
import { type Branch, fanOut } from "./fan-out.js";

export interface Graph {
  /** In the order of shutdown: receivers, then downstream along the pipelines, exporters last. Start is the reverse. */
  readonly components: readonly { readonly id: ComponentId; readonly component: Component }[];
  readonly books: readonly PipelineBooks[];
}

interface BuiltPipeline {
  readonly config: PipelineConfig;
  readonly entry: Branch;
}

/** Builds every component that a pipeline names and joins them. Opens nothing. The config has been validated: no cycles. */
export function buildGraph(
  config: CollectorConfig,
  hostFor: (id: ComponentId, pipeline?: string) => ComponentHost,
): Graph {
  return new GraphBuilder(config, hostFor).build();
}

class GraphBuilder {
  private readonly config: CollectorConfig;
  private readonly hostFor: (id: ComponentId, pipeline?: string) => ComponentHost;
  private readonly exporters = new Map<string, Exporter>();
  private readonly connectors = new Map<string, Connector>();
  private readonly pipelines = new Map<string, BuiltPipeline>();
  private readonly books: PipelineBooks[] = [];
  /** Built from the exporters upwards, so its reverse is the order of shutdown. */
  private readonly built: { id: ComponentId; component: Component }[] = [];

  constructor(config: CollectorConfig, hostFor: (id: ComponentId, pipeline?: string) => ComponentHost) {
    this.config = config;
    this.hostFor = hostFor;
  }

  build(): Graph {
    this.buildExporters();
    for (const pipeline of this.config.pipelines) this.pipeline(pipeline);
    this.buildReceivers();
    const order = new Map(this.config.pipelines.map((pipeline, index) => [pipeline.id, index]));
    this.books.sort((a, b) => (order.get(a.pipeline) as number) - (order.get(b.pipeline) as number));
    return { components: [...this.built].reverse(), books: this.books };
  }

  private buildExporters(): void {
    for (const [key, { id, factory, config }] of this.config.components.exporter) {
      const used = this.config.pipelines.some((pipeline) => pipeline.exporters.includes(key));
      if (!used || factory.kind !== "exporter") continue;
      const exporter = factory.create(config, this.hostFor(id));
      this.exporters.set(key, exporter);
      this.built.push({ id, component: exporter });
    }
  }

  private pipeline(config: PipelineConfig): BuiltPipeline {
    const existing = this.pipelines.get(config.id);
    if (existing !== undefined) return existing;
    const books = new PipelineBooks(config.id, config.signal);
    const exits = config.exporters.flatMap((id) => this.exit(id, config, books));
    let next = fanOut(exits);
    for (const key of [...config.processors].reverse()) next = this.processor(key, config, books, next);
    const pipeline = { config, entry: entryBranch(books, next) };
    this.pipelines.set(config.id, pipeline);
    this.books.push(books);
    return pipeline;
  }

  private exit(key: string, pipeline: PipelineConfig, books: PipelineBooks): Branch[] {
    const exporter = this.exporters.get(key);
    if (exporter !== undefined) {
      const lane = new Lane(pipeline.id);
      books.exits.set(key, { kind: "exporter", lane });
      return [exitBranch(lane, exporter.consumer(pipeline.signal, lane), false)];
    }
    const configured = this.component("connector", key);
    return this.targets(key, pipeline.signal).map(({ to, pipelines }) => {
      const lane = new Lane(pipeline.id);
      // One connector may feed pipelines of several signals: each is an exit with books of its own.
      const several = this.targets(key, pipeline.signal).length > 1;
      books.exits.set(several ? `${key} → ${to}` : key, { kind: "connector", lane });
      return exitBranch(lane, this.connector(configured, pipeline.signal, to, pipelines), true);
    });
  }

  private targets(key: string, from: Signal): { to: Signal; pipelines: PipelineConfig[] }[] {
    const { factory } = this.component("connector", key);
    if (factory.kind !== "connector") throw new Error(`BUG: ${key} is no connector`);
    return factory.pairs
      .filter((pair) => pair.from === from)
      .map(({ to }) => ({
        to,
        pipelines: this.config.pipelines.filter((other) => other.signal === to && other.receivers.includes(key)),
      }))
      .filter(({ pipelines }) => pipelines.length > 0);
  }

  private connector(configured: ConfiguredComponent, from: Signal, to: Signal, feeds: PipelineConfig[]): Connector {
    const key = `${configured.id.text} ${from} ${to}`;
    const existing = this.connectors.get(key);
    if (existing !== undefined) return existing;
    const next = fanOut(feeds.map((pipeline) => this.pipeline(pipeline).entry));
    if (configured.factory.kind !== "connector") throw new Error(`BUG: ${configured.id.text} is no connector`);
    const connector = configured.factory.create(configured.config, from, to, next, this.hostFor(configured.id));
    this.connectors.set(key, connector);
    this.built.push({ id: configured.id, component: connector });
    return connector;
  }

  private processor(key: string, pipeline: PipelineConfig, books: PipelineBooks, next: Consumer): Consumer {
    const { id, factory, config } = this.component("processor", key);
    if (factory.kind !== "processor") throw new Error(`BUG: ${key} is no processor`);
    const lane = new Lane(pipeline.id);
    books.processors.set(key, lane);
    const host = this.hostFor(id, pipeline.id);
    const processor = factory.create(config, pipeline.signal, fanOut([processorExit(lane, next)]), lane, host);
    this.built.push({ id, component: processor });
    return fanOut([processorEntry(lane, processor)]);
  }

  private buildReceivers(): void {
    for (const [key, { id, factory, config }] of this.config.components.receiver) {
      const feeds = [...this.pipelines.values()].filter((pipeline) => pipeline.config.receivers.includes(key));
      if (feeds.length === 0 || factory.kind !== "receiver") continue;
      const outputs: Partial<Record<Signal, Consumer>> = {};
      for (const signal of new Set(feeds.map((pipeline) => pipeline.config.signal))) {
        outputs[signal] = fanOut(
          feeds.filter((pipeline) => pipeline.config.signal === signal).map(({ entry }) => entry),
        );
      }
      this.built.push({ id, component: factory.create(config, outputs, this.hostFor(id)) });
    }
  }

  private component(kind: "connector" | "processor", key: string): ConfiguredComponent {
    const found = this.config.components[kind].get(key);
    if (found === undefined) throw new Error(`BUG: ${kind} ${key} is not configured`);
    return found;
  }
}
