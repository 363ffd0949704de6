import type { Signal } from "@venturi/otlp";
import type { Consumer } from "../component.js";
import type { ComponentId } from "../config/component-id.js";
import type { CollectorConfig, ConfiguredComponent, PipelineConfig } from "../config/config.js";
import { PipelineBooks } from "../ledger.js";
import { entryBranch, exitBranch, processorEntry, processorExit } from "./branches.js";
import { type Branch, fanOut } from "./fan-out.js";
import {
  type ConnectorNode,
  type ExporterNode,
  isSame,
  type Node,
  type OwnedHost,
  type PipelineNode,
  type ProcessorNode,
  type ReceiverNode,
} from "./nodes.js";
import { Switch } from "./switch.js";

/** The components that pipelines name, joined. */
export interface Graph {
  readonly exporters: ReadonlyMap<string, ExporterNode>;
  /** By id and pair of signals. */
  readonly connectors: ReadonlyMap<string, ConnectorNode>;
  /** By pipeline and id. */
  readonly processors: ReadonlyMap<string, ProcessorNode>;
  readonly receivers: ReadonlyMap<string, ReceiverNode>;
  readonly pipelines: ReadonlyMap<string, PipelineNode>;
  /** Of every pipeline that there has been. */
  readonly books: ReadonlyMap<string, PipelineBooks>;
  /** In the order of shutdown: receivers, then downstream along the pipelines, exporters last. Start is the reverse. */
  readonly nodes: readonly Node[];
}

export const EMPTY_GRAPH: Graph = {
  exporters: new Map(),
  connectors: new Map(),
  processors: new Map(),
  receivers: new Map(),
  pipelines: new Map(),
  books: new Map(),
  nodes: [],
};

export interface GraphRequest {
  readonly config: CollectorConfig;
  readonly hostFor: (id: ComponentId, pipeline?: string) => OwnedHost;
  /** What runs: a component that did not change is taken from here. */
  readonly running: Graph;
  /** Extensions that a reload replaces or takes away: who names one is replaced too. */
  readonly changedExtensions: ReadonlySet<string>;
}

/**
 * Makes every component that a pipeline names, unless it runs already. Opens nothing, and joins nothing before `wire` is
 * called. The config has been validated: no cycles.
 */
export function buildGraph(request: GraphRequest): { readonly graph: Graph; readonly wire: () => void } {
  return new GraphBuilder(request).build();
}

class GraphBuilder {
  private readonly request: GraphRequest;
  private readonly config: CollectorConfig;
  private readonly exporters = new Map<string, ExporterNode>();
  private readonly connectors = new Map<string, ConnectorNode>();
  private readonly processors = new Map<string, ProcessorNode>();
  private readonly receivers = new Map<string, ReceiverNode>();
  private readonly pipelines = new Map<string, PipelineNode>();
  private readonly books: Map<string, PipelineBooks>;
  /** From the exporters upwards, so its reverse is the order of shutdown. */
  private readonly nodes: Node[] = [];
  private readonly wiring: (() => void)[] = [];

  constructor(request: GraphRequest) {
    this.request = request;
    this.config = request.config;
    this.books = new Map(request.running.books);
    // The ledger lists pipelines as the configuration does, and those that are gone last.
    for (const { id, signal } of request.config.pipelines) {
      const books = this.books.get(id) ?? new PipelineBooks(id, signal);
      this.books.delete(id);
      this.books.set(id, books);
    }
    const gone = [...request.running.books].filter(([id]) => !request.config.pipelines.some((one) => one.id === id));
    for (const [id, books] of gone) {
      this.books.delete(id);
      this.books.set(id, books);
    }
  }

  build(): { graph: Graph; wire: () => void } {
    this.buildExporters();
    for (const pipeline of this.config.pipelines) this.pipeline(pipeline);
    this.rejoinGonePipelines();
    this.buildReceivers();
    const { exporters, connectors, processors, receivers, pipelines, books, wiring } = this;
    const nodes = [...this.nodes].reverse();
    return {
      graph: { exporters, connectors, processors, receivers, pipelines, books, nodes },
      wire: () => {
        for (const join of wiring) join();
      },
    };
  }

  /** The running node of this key when it is what the configuration asks for, or else a new one. */
  private reuse<Kind extends Node>(
    running: ReadonlyMap<string, Kind>,
    key: string,
    configured: ConfiguredComponent,
    make: () => Kind,
  ): Kind {
    const old = running.get(key);
    const node = old !== undefined && isSame(old, configured, this.request.changedExtensions) ? old : make();
    this.nodes.push(node);
    return node;
  }

  private buildExporters(): void {
    for (const [key, made] of this.config.components.exporter) {
      const { id, factory, config } = made;
      const used = this.config.pipelines.some((pipeline) => pipeline.exporters.includes(key));
      if (!used || factory.kind !== "exporter") continue;
      const node = this.reuse(this.request.running.exporters, key, made, () => {
        const owned = this.request.hostFor(id);
        return { id, made, owned, component: factory.create(config, owned.host), consumers: new Map() };
      });
      this.exporters.set(key, node);
    }
  }

  private pipeline(config: PipelineConfig): PipelineNode {
    const existing = this.pipelines.get(config.id);
    if (existing !== undefined) return existing;
    const books = this.books.get(config.id) as PipelineBooks;
    const old = this.request.running.pipelines.get(config.id);
    const begin = old?.begin ?? new Switch();
    const end = old?.end ?? new Switch((items) => void (books.waiting += items));
    const pipeline = { config, books, begin, end, entry: old?.entry ?? entryBranch(books, begin) };
    this.joinEnd(
      pipeline,
      config.exporters.flatMap((id) => this.exit(id, config, books)),
    );
    let next: Consumer = end;
    for (const key of [...config.processors].reverse()) next = this.processor(key, config, books, next);
    this.wiring.push(() => begin.point(next));
    this.pipelines.set(config.id, pipeline);
    return pipeline;
  }

  private joinEnd({ books, end }: PipelineNode, exits: readonly Exit[]): void {
    this.wiring.push(() => {
      const refused = books.wire(exits.map(({ key }) => key));
      const consumer = fanOut(exits.map(({ branch }) => branch));
      end.point({
        consume: (batch) => {
          const outcome = consumer.consume(batch);
          if (!(outcome instanceof Promise)) return outcome;
          return outcome.then((settled) => {
            if (settled !== undefined) refused(batch.itemCount);
            return settled;
          });
        },
      });
    });
  }

  private exit(key: string, pipeline: PipelineConfig, books: PipelineBooks): Exit[] {
    const exporter = this.exporters.get(key);
    if (exporter !== undefined) return [this.exporterExit(exporter, pipeline, books)];
    const configured = this.component("connector", key);
    const targets = this.targets(key, pipeline.signal);
    return targets.map(({ to, pipelines }) => {
      // One connector may feed pipelines of several signals: each is an exit with books of its own.
      const name = targets.length > 1 ? `${key} → ${to}` : key;
      const lane = books.exit(name, "connector");
      const { component } = this.connector(configured, pipeline.signal, to, pipelines);
      return { key: name, branch: exitBranch(lane, component, true) };
    });
  }

  private exporterExit(node: ExporterNode, { id, signal }: PipelineConfig, books: PipelineBooks): Exit {
    const key = node.id.text;
    const lane = books.exit(key, "exporter");
    let consumer = node.consumers.get(id);
    if (consumer === undefined) node.consumers.set(id, (consumer = node.component.consumer(signal, lane)));
    return { key, branch: exitBranch(lane, consumer, false) };
  }

  /** What a pipeline that is gone still holds must find the exporters that its own were replaced by. */
  private rejoinGonePipelines(): void {
    for (const pipeline of this.request.running.pipelines.values()) {
      const { config, books } = pipeline;
      if (this.pipelines.has(config.id)) continue;
      const nodes = config.exporters.map((key) => this.exporters.get(key) ?? this.request.running.exporters.get(key));
      // With a connector among the exits it keeps the old ones: they stay open until everything before them is closed.
      if (nodes.includes(undefined)) continue;
      const exits = nodes.map((node) => this.exporterExit(node as ExporterNode, config, books));
      this.joinEnd(pipeline, exits);
    }
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

  private connector(made: ConfiguredComponent, from: Signal, to: Signal, feeds: PipelineConfig[]): ConnectorNode {
    const { id, factory, config } = made;
    const key = `${id.text} ${from} ${to}`;
    const existing = this.connectors.get(key);
    if (existing !== undefined) return existing;
    const entries = feeds.map((pipeline) => this.pipeline(pipeline).entry);
    if (factory.kind !== "connector") throw new Error(`BUG: ${id.text} is no connector`);
    const node = this.reuse(this.request.running.connectors, key, made, () => {
      const owned = this.request.hostFor(id);
      const out = new Switch();
      return { id, made, owned, out, component: factory.create(config, from, to, out, owned.host) };
    });
    this.wiring.push(() => node.out.point(fanOut(entries)));
    this.connectors.set(key, node);
    return node;
  }

  private processor(key: string, pipeline: PipelineConfig, books: PipelineBooks, next: Consumer): Consumer {
    const made = this.component("processor", key);
    const { id, factory, config } = made;
    if (factory.kind !== "processor") throw new Error(`BUG: ${key} is no processor`);
    const lane = books.processor(key);
    const place = `${pipeline.id} ${key}`;
    const node = this.reuse(this.request.running.processors, place, made, () => {
      const owned = this.request.hostFor(id, pipeline.id);
      const out = new Switch();
      const behind = fanOut([processorExit(lane, out)]);
      const component = factory.create(config, pipeline.signal, behind, lane, owned.host);
      return { id, made, owned, out, component, stage: fanOut([processorEntry(lane, component)]) };
    });
    this.wiring.push(() => node.out.point(next));
    this.processors.set(place, node);
    return node.stage;
  }

  private buildReceivers(): void {
    for (const [key, made] of this.config.components.receiver) {
      const { id, factory, config } = made;
      const feeds = [...this.pipelines.values()].filter((pipeline) => pipeline.config.receivers.includes(key));
      if (feeds.length === 0 || factory.kind !== "receiver" || this.config.idleReceivers.has(key)) continue;
      const signals = [...new Set(feeds.map((pipeline) => pipeline.config.signal))];
      const running = new Map(
        [...this.request.running.receivers].filter(([, { outs }]) => sameSet([...outs.keys()], signals)),
      );
      const node = this.reuse(running, key, made, () => {
        const owned = this.request.hostFor(id);
        const outs = new Map(signals.map((signal) => [signal, new Switch()]));
        const component = factory.create(config, Object.fromEntries(outs), owned.host);
        return { id, made, owned, outs, component };
      });
      for (const [signal, out] of node.outs) {
        const entries = feeds.filter((pipeline) => pipeline.config.signal === signal).map(({ entry }) => entry);
        this.wiring.push(() => out.point(fanOut(entries)));
      }
      this.receivers.set(key, node);
    }
  }

  private component(kind: "connector" | "processor", key: string): ConfiguredComponent {
    const found = this.config.components[kind].get(key);
    if (found === undefined) throw new Error(`BUG: ${kind} ${key} is not configured`);
    return found;
  }
}

interface Exit {
  readonly key: string;
  readonly branch: Branch;
}

function sameSet(a: readonly Signal[], b: readonly Signal[]): boolean {
  return a.length === b.length && a.every((signal) => b.includes(signal));
}
