import type { Span } from "../model.js";
import { databaseSystem, type SpanNode } from "../trace/span-node.js";

/**
 * What a span's *own* time on the critical path is:
 * - `service`: the process worked, or waited for its turn on its own event loop
 * - `pool-wait`: waiting for a connection from a pool
 * - `connect`: opening a connection
 * - `database`: a query, as its client saw it
 * - `hop`: between a call's caller and its callee: network, proxies, the callee's accept queue
 * - `external`: a call whose other side is not traced
 * - `messaging`: handing a message to a broker
 */
export type Category = "service" | "pool-wait" | "connect" | "database" | "hop" | "external" | "messaging";

/** `pg-pool.connect` (OpenTelemetry's pg instrumentation) and its likes from other pools. */
const poolAcquire = /\bpool[.\s_-]*(connect|acquire|get[._\s-]?connection|wait)/i;
const connect = /^(pg|tcp|tls|mysql|mongodb|redis)[.\s_-]?connect$|^connect$/i;

export function categoryOf(node: SpanNode): Category {
  const { kind, name } = node.span;
  if (poolAcquire.test(name)) return "pool-wait";
  if (kind === "producer") return "messaging";
  if (kind === "server" || kind === "consumer") return "service";
  if (connect.test(name)) return "connect";
  if (databaseSystem(node.span) !== undefined) return kind === "client" ? "database" : "service";
  if (kind === "client") return node.callee === null ? "external" : "hop";
  return "service";
}

/** Groups spans that are the same operation: for queries, the same statement. */
export function operationKey(node: SpanNode): string {
  const { service, kind } = node.span;
  const callee = node.callee === null ? "" : `→${node.callee.span.service}`;
  return `${service}\u0000${kind}\u0000${operationName(node)}${callee}`;
}

const names = new WeakMap<Span, string>();

/** The span's name; for queries the statement's fingerprint, since names like `pg.query:SELECT shop` tell little. */
export function operationName(node: SpanNode): string {
  // Fingerprints were most of a diagnosis' time: each span is asked for its name by several detectors.
  const known = names.get(node.span);
  if (known !== undefined) return known;
  const statement = statementOf(node);
  const name = statement === undefined ? node.span.name : fingerprint(statement);
  names.set(node.span, name);
  return name;
}

export function statementOf(node: SpanNode): string | undefined {
  const text = node.span.attributes["db.query.text"] ?? node.span.attributes["db.statement"];
  return text === undefined ? undefined : String(text);
}

/** A statement without its literals: two executions of the same code have the same fingerprint. */
export function fingerprint(statement: string): string {
  return statement
    .slice(0, 4000)
    .replace(/--[^\n]*/g, " ")
    .replace(/\/\*.*?\*\//gs, " ")
    .replace(/'(?:[^']|'')*'/g, "?")
    .replace(/\$\d+|\b\d+(?:\.\d+)?\b/g, "?")
    .replace(/\s+/g, " ")
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, "(?)")
    .replace(/(?:\(\?\)\s*,\s*)+\(\?\)/g, "(?)")
    .trim();
}
