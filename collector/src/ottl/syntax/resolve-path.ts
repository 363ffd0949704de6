import type { ContextDefinition } from "../contexts.js";
import type { PathDefinition } from "../paths/access.js";
import type { PathNode, ValueNode } from "./ast.js";
import { hint, SyntaxProblem } from "./problem.js";

/**
 * How paths name their context: `prefixed` paths must (`span.name`); with `optional` a path without one means the
 * context that the configuration names.
 */
export type PathStyle = "prefixed" | "optional";

export interface ResolvedPath {
  readonly definition: PathDefinition;
  readonly keys: readonly ValueNode[];
}

/** Finds what a path means in a context. @throws SyntaxProblem with a suggestion for what is misspelt. */
export function resolvePath(path: PathNode, context: ContextDefinition, style: PathStyle): ResolvedPath {
  const [first, ...rest] = path.segments;
  if (first === undefined) throw new Error("BUG: a path without segments");
  const isPrefixed = rest.length > 0 && first.keys.length === 0 && context.paths[first.name] !== undefined;
  if (!isPrefixed && style === "prefixed") throw missingContext(path, context);
  const contextName = isPrefixed ? first.name : context.name;
  const segments = isPrefixed ? rest : path.segments;
  const table = context.paths[contextName] ?? {};
  const name = segments.map((segment) => segment.name).join(".");
  const definition = Object.hasOwn(table, name) ? table[name] : undefined;
  if (definition === undefined) {
    const prefix = isPrefixed ? `${contextName}.` : "";
    const known = Object.keys(table).map((one) => prefix + one);
    const near = hint(prefix + name, known);
    const list = near === "" ? `; known paths: ${known.join(", ")}` : near;
    throw new SyntaxProblem(path.at, `unknown path "${prefix}${name}" in the ${context.name} context${list}`);
  }
  const keyed = segments.find((segment) => segment.keys.length > 0);
  if (keyed === undefined) return { definition, keys: [] };
  if (keyed !== segments.at(-1) || definition.index === undefined) {
    throw new SyntaxProblem(keyed.at, `the path "${path.text}" cannot be indexed at "${keyed.name}"`);
  }
  return { definition, keys: keyed.keys };
}

function missingContext(path: PathNode, context: ContextDefinition): SyntaxProblem {
  const [first] = path.segments;
  const name = path.segments.map((segment) => segment.name).join(".");
  const names = Object.keys(context.paths);
  if (first?.name === "otelcol") return new SyntaxProblem(path.at, "paths of otelcol are not supported");
  const meant = names
    .filter((one) => Object.hasOwn(context.paths[one] ?? {}, name))
    .map((one) => `${one}.${path.text}`);
  if (meant.length > 0) {
    return new SyntaxProblem(
      path.at,
      `missing context for path "${path.text}"; write ${meant.map(quoted).join(" or ")}`,
    );
  }
  const near = hint(first?.name ?? "", names);
  const list = near === "" ? `; it begins with one of ${names.join(", ")}` : near;
  return new SyntaxProblem(path.at, `"${path.text}" is no path of the ${context.name} context${list}`);
}

function quoted(text: string): string {
  return `"${text}"`;
}
