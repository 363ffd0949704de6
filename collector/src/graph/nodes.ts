import { isDeepStrictEqual } from "node:util";
import type { Signal } from "@venturi/otlp";
import type { Component, ComponentHost, Connector, Consumer, Exporter, Extension, Processor } from "../component.js";
import type { ComponentId } from "../config/component-id.js";
import type { ConfiguredComponent, PipelineConfig } from "../config/config.js";
import type { PipelineBooks } from "../ledger.js";
import type { Branch } from "./fan-out.js";
import type { Switch } from "./switch.js";

/** The host of one component, as its owner sees it. */
export interface OwnedHost {
  readonly host: ComponentHost;
  /** A drain of this component may take no longer than this, whatever the others may. */
  limitDrain(ms: number): void;
  /** What the component had reported is not there any more. */
  forget(): void;
}

/** A component that runs, and what it was made from. */
export interface Node<Kind extends Component = Component> {
  readonly id: ComponentId;
  readonly component: Kind;
  readonly made: ConfiguredComponent;
  readonly owned: OwnedHost;
}

export type ExtensionNode = Node<Extension>;

export interface ExporterNode extends Node<Exporter> {
  /** By pipeline. */
  readonly consumers: Map<string, Consumer>;
}

export interface ConnectorNode extends Node<Connector> {
  readonly out: Switch;
}

export interface ProcessorNode extends Node<Processor> {
  /** What the stage before feeds. */
  readonly stage: Consumer;
  readonly out: Switch;
}

export interface ReceiverNode extends Node {
  readonly outs: ReadonlyMap<Signal, Switch>;
}

/** A pipeline keeps its ends: what feeds it and what it feeds are pointed elsewhere by a reload. */
export interface PipelineNode {
  readonly config: PipelineConfig;
  readonly books: PipelineBooks;
  readonly entry: Branch;
  /** To the first stage. */
  readonly begin: Switch;
  /** To the exits. */
  readonly end: Switch;
}

/** Whether a running component is what the new configuration asks for. `changed`: extensions that are not. */
export function isSame(node: Node, configured: ConfiguredComponent, changed: ReadonlySet<string>): boolean {
  return (
    node.made.factory === configured.factory &&
    isDeepStrictEqual(node.made.written, configured.written) &&
    !mentions(configured.written, changed)
  );
}

/** Options refer to an extension by its id (`auth::authenticator`, `sending_queue::storage`). */
function mentions(written: unknown, ids: ReadonlySet<string>): boolean {
  if (ids.size === 0) return false;
  if (typeof written === "string") return ids.has(written);
  if (typeof written !== "object" || written === null) return false;
  return Object.values(written).some((value) => mentions(value, ids));
}
