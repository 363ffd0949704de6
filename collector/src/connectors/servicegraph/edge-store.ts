export type ConnectionType = "" | "messaging_system" | "database" | "virtual_node";

/** A request between two services, of which one side may be missing yet. */
export interface Edge {
  client: string;
  server: string;
  clientSeconds: number;
  serverSeconds: number;
  failed: boolean;
  connectionType: ConnectionType;
  /** Attribute names with the prefix `client_` or `server_`. */
  readonly dimensions: Map<string, string>;
  /** What the client says of the other side. */
  peer: string | undefined;
  /** A server span without a parent: nobody will come and say that it was the client. */
  readonly isRoot: boolean;
  virtualNode: "" | "client" | "server";
  readonly expiresMs: number;
}

/** Pairs the two sides of requests. An edge whose other side does not come in time expires. */
export class EdgeStore {
  private readonly edges = new Map<string, Edge>();
  private readonly ttlMs: number;
  private readonly maxItems: number;
  private readonly onComplete: (edge: Edge) => void;
  private readonly onExpire: (edge: Edge) => void;

  constructor(ttlMs: number, maxItems: number, onComplete: (edge: Edge) => void, onExpire: (edge: Edge) => void) {
    this.ttlMs = ttlMs;
    this.maxItems = maxItems;
    this.onComplete = onComplete;
    this.onExpire = onExpire;
  }

  /**
   * Applies one side of a request; `key` is the same for both.
   * @returns whether the edge is new, or that there is no room for it.
   */
  upsert(key: string, isRoot: boolean, nowMs: number, update: (edge: Edge) => void): "new" | "known" | "full" {
    const known = this.edges.get(key);
    const edge = known ?? newEdge(isRoot, nowMs + this.ttlMs);
    if (known === undefined && this.edges.size >= this.maxItems && !this.expireOldest(nowMs)) return "full";
    update(edge);
    if (edge.client !== "" && edge.server !== "") {
      this.edges.delete(key);
      this.onComplete(edge);
    } else if (known === undefined) this.edges.set(key, edge);
    return known === undefined ? "new" : "known";
  }

  /** Lets everything go whose time is over. */
  expire(nowMs: number): void {
    while (this.expireOldest(nowMs)) {
      // Until one is left that may still complete.
    }
  }

  private expireOldest(nowMs: number): boolean {
    for (const [key, edge] of this.edges) {
      if (edge.expiresMs >= nowMs) return false;
      this.edges.delete(key);
      this.onExpire(edge);
      return true;
    }
    return false;
  }
}

function newEdge(isRoot: boolean, expiresMs: number): Edge {
  return {
    client: "",
    server: "",
    clientSeconds: 0,
    serverSeconds: 0,
    failed: false,
    connectionType: "",
    dimensions: new Map(),
    peer: undefined,
    isRoot,
    virtualNode: "",
    expiresMs,
  };
}
