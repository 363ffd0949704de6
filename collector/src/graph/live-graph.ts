import { type Component, type Extension, StartError } from "../component.js";
import type { ComponentId } from "../config/component-id.js";
import type { CollectorConfig } from "../config/config.js";
import type { PipelineLedger } from "../ledger.js";
import type { Logger } from "../telemetry/logger.js";
import { buildGraph, EMPTY_GRAPH, type Graph } from "./graph.js";
import {
  type ExporterNode,
  type ExtensionNode,
  isSame,
  type Node,
  type OwnedHost,
  type PipelineNode,
} from "./nodes.js";

export interface LiveGraphSettings {
  readonly hostFor: (id: ComponentId, pipeline?: string) => OwnedHost;
  readonly log: Logger;
  /** How long a component that a reload takes away may take to deliver what it holds. */
  readonly drainTimeoutMs: number;
}

/** What a new configuration makes of what runs. */
interface Change {
  readonly graph: Graph;
  readonly wire: () => void;
  readonly extensions: ReadonlyMap<string, ExtensionNode>;
  readonly freshExtensions: readonly ExtensionNode[];
  readonly staleExtensions: readonly ExtensionNode[];
  /** In the order of start. */
  readonly created: readonly Node[];
  /** In the order of shutdown; without the exporters that have a successor. */
  readonly gone: readonly Node[];
  /** Exporters that must be closed before their successor opens. */
  readonly blocking: readonly ExporterNode[];
  /** Exporters that hand over to their successor. */
  readonly yielding: ReadonlyMap<Node, ExporterNode>;
  /** Pipelines whose exits wait meanwhile. */
  readonly held: readonly PipelineNode[];
}

/**
 * Extensions and pipelines that run, and change while they run. A reload takes away what the new configuration has not,
 * makes what is new, and leaves alone every component whose options are the same: its connections, queues and state.
 */
export class LiveGraph {
  private readonly settings: LiveGraphSettings;
  private extensions: ReadonlyMap<string, ExtensionNode> = new Map();
  private graph: Graph = EMPTY_GRAPH;
  /** Components that a reload replaced and that still deliver what they had. */
  private readonly leaving = new Map<Node, Promise<void>>();

  constructor(settings: LiveGraphSettings) {
    this.settings = settings;
  }

  extension(id: string): Extension | undefined {
    return this.extensions.get(id)?.component;
  }

  ledger(): PipelineLedger[] {
    return [...this.graph.books.values()].map((books) => books.snapshot());
  }

  /**
   * Makes what runs as `config` wants it: from nothing at the start, and by a reload. Traffic waits where an exporter must
   * be closed before its successor can open, and nowhere else.
   * @throws StartError. Then parts may be missing: `apply` with the configuration of before, or `shutdown`, must follow.
   */
  async apply(config: CollectorConfig): Promise<void> {
    const change = this.plan(config);
    for (const { end } of change.held) end.hold();
    await this.prepare(change);
    this.graph = change.graph;
    change.wire();
    this.releaseAll();
    for (const [node, heir] of change.yielding) this.handOver(node, heir);
    await this.closeGone(change);
    const receivers = change.created.filter(isReceiver);
    try {
      for (const node of receivers) await startNode(node);
    } catch (error) {
      await this.dismiss(receivers);
      throw error;
    }
    for (const node of change.staleExtensions) await this.close(node, 0);
  }

  /** Delivers what is held and queued, within the hosts' deadline, and closes everything. Never rejects. */
  async shutdown(): Promise<void> {
    this.releaseAll();
    for (const node of this.graph.nodes) if (!isExporter(node)) await this.close(node);
    // They may hand on to the exporters.
    for (const node of [...this.leaving.keys()]) await this.close(node);
    await Promise.all(this.leaving.values());
    for (const node of this.graph.nodes) if (isExporter(node)) await this.close(node);
    for (const node of [...this.extensions.values()].reverse()) await this.close(node);
  }

  private plan(config: CollectorConfig): Change {
    const { extensions, fresh, stale } = this.planExtensions(config);
    const running = this.graph;
    const changedExtensions = new Set(stale.map(({ id }) => id.text));
    const { graph, wire } = buildGraph({ config, running, changedExtensions, hostFor: this.settings.hostFor });
    const kept = new Set(graph.nodes);
    const known = new Set(running.nodes);
    const gone = running.nodes.filter((node) => !kept.has(node));
    const blocking: ExporterNode[] = [];
    const yielding = new Map<Node, ExporterNode>();
    for (const [key, node] of running.exporters) {
      const heir = graph.exporters.get(key);
      if (heir === undefined || heir === node) continue;
      if (node.component.handOver === undefined) blocking.push(node);
      else yielding.set(node, heir);
    }
    return {
      graph,
      wire,
      extensions,
      freshExtensions: fresh,
      staleExtensions: stale,
      created: [...graph.nodes].reverse().filter((node) => !known.has(node)),
      gone: gone.filter((node) => !yielding.has(node) && !blocking.some((one) => one === node)),
      blocking,
      yielding,
      held: endsOf(running, blocking),
    };
  }

  /** Starts what is new, but receivers; closes before that what stands in its way. What fails is undone. */
  private async prepare(change: Change): Promise<void> {
    const { drainTimeoutMs } = this.settings;
    const before = this.extensions;
    const replaced = change.staleExtensions.filter(({ id }) => change.extensions.has(id.text));
    const created = change.created.filter((node) => !isReceiver(node));
    try {
      for (const node of change.blocking) await this.close(node, drainTimeoutMs);
      for (const node of replaced) await this.close(node, 0);
      this.extensions = change.extensions;
      for (const node of [...change.freshExtensions, ...created]) await startNode(node);
    } catch (error) {
      for (const node of [...change.created].reverse()) await this.close(node, 0);
      for (const node of [...change.freshExtensions].reverse()) await this.close(node, 0);
      this.extensions = before;
      await this.dismiss([...change.blocking, ...replaced]);
      throw error;
    }
  }

  private releaseAll(): void {
    for (const { end } of this.graph.pipelines.values()) end.release();
  }

  private planExtensions(config: CollectorConfig): {
    extensions: Map<string, ExtensionNode>;
    fresh: ExtensionNode[];
    stale: ExtensionNode[];
  } {
    const extensions = new Map<string, ExtensionNode>();
    const fresh: ExtensionNode[] = [];
    for (const key of config.extensions) {
      const made = config.components.extension.get(key);
      if (made?.factory.kind !== "extension") throw new Error(`BUG: extension ${key} is not configured`);
      const old = this.extensions.get(key);
      if (old !== undefined && isSame(old, made, NO_IDS)) {
        extensions.set(key, old);
        continue;
      }
      const owned = this.settings.hostFor(made.id);
      const node = { id: made.id, made, owned, component: made.factory.create(made.config, owned.host) };
      extensions.set(key, node);
      fresh.push(node);
    }
    const stale = [...this.extensions.values()].filter((node) => extensions.get(node.id.text) !== node);
    return { extensions, fresh, stale };
  }

  private handOver(node: Node, heir: ExporterNode): void {
    node.owned.forget();
    this.leave(node, (node as ExporterNode).component.handOver?.(heir.component) ?? Promise.resolve());
  }

  private leave(node: Node, done: Promise<void>): void {
    this.leaving.set(
      node,
      done.finally(() => void this.leaving.delete(node)),
    );
  }

  /** Receivers and what comes behind them, in that order, so that each finds the next one open. */
  private async closeGone({ gone }: Change): Promise<void> {
    const { drainTimeoutMs } = this.settings;
    for (const node of gone) {
      const closed = this.close(node, drainTimeoutMs);
      // Nobody waits for an exporter that is gone for good to deliver the last of what it has.
      if (isExporter(node)) this.leave(node, closed);
      else await closed;
    }
  }

  private async close(node: Node, withinMs?: number): Promise<void> {
    if (withinMs !== undefined) node.owned.limitDrain(withinMs);
    try {
      await node.component.shutdown();
    } catch (error) {
      const message = `cannot shut down ${node.id.kind} "${node.id.text}"`;
      this.settings.log.error(message, { error: String((error as Error)?.message ?? error) });
    }
    node.owned.forget();
  }

  /** Closed for good, and forgotten, so that the next `apply` makes it anew. */
  private async dismiss(nodes: readonly Node[]): Promise<void> {
    for (const node of nodes) await this.close(node, 0);
    const dead = new Set<Node>(nodes);
    const alive = <Kind extends Node>(map: ReadonlyMap<string, Kind>): Map<string, Kind> =>
      new Map([...map].filter(([, node]) => !dead.has(node)));
    const { exporters, connectors, processors, receivers, nodes: all } = this.graph;
    this.graph = {
      ...this.graph,
      exporters: alive(exporters),
      connectors: alive(connectors),
      processors: alive(processors),
      receivers: alive(receivers),
      nodes: all.filter((node) => !dead.has(node)),
    };
    this.extensions = alive(this.extensions);
  }
}

function isReceiver(node: Node): boolean {
  return node.id.kind === "receiver";
}

function isExporter(node: Node): boolean {
  return node.id.kind === "exporter";
}

const NO_IDS: ReadonlySet<string> = new Set();

/** The ends of the pipelines that lead to one of these exporters. */
function endsOf(graph: Graph, exporters: readonly ExporterNode[]): PipelineNode[] {
  const keys = new Set(exporters.map(({ id }) => id.text));
  return [...graph.pipelines.values()].filter(({ config }) => config.exporters.some((key) => keys.has(key)));
}

async function startNode({
  id,
  component,
}: {
  readonly id: ComponentId;
  readonly component: Component;
}): Promise<void> {
  try {
    await component.start();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = `cannot start ${id.kind} "${id.text}": ${(error as Error).message}`;
    throw new StartError(message, { cause: error });
  }
}
