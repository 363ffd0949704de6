import type { ContextName } from "./contexts.js";
import { conditionFunctions } from "./functions/standard.js";
import { type CompiledCondition, compileGroup, type Functions } from "./statements.js";

/** Conditions of one context; one that holds is enough. */
export interface ConditionSet {
  readonly context: ContextName;
  readonly conditions: readonly CompiledCondition[];
}

/** Is told of each condition that is wrong: which, and why. */
export type ReportProblem = (index: number, message: string) => void;

/** For conditions that a schema has accepted. */
export function accepted(_index: number, message: string): never {
  throw new Error(`BUG: a condition that the schema accepted does not compile: ${message}`);
}

const FUNCTIONS: Functions = { statements: conditionFunctions, conditions: conditionFunctions };

/** Compiles conditions that all run in one context: their paths need not name it. */
export function compileConditions(
  sources: readonly string[],
  context: ContextName,
  candidates: readonly ContextName[],
  report: ReportProblem,
): ConditionSet {
  const compiled = compileGroup({ context, conditions: sources, statements: [] }, candidates, FUNCTIONS);
  if (!Array.isArray(compiled)) return compiled as ConditionSet;
  for (const { index, message } of compiled) report(index, message);
  return { context, conditions: [] };
}

/**
 * Compiles conditions each of which runs in the context that its paths name. Answers a set for each context, in the order
 * of the candidates.
 */
export function inferConditions(
  sources: readonly string[],
  candidates: readonly ContextName[],
  report: ReportProblem,
): ConditionSet[] {
  const byContext = new Map<ContextName, CompiledCondition[]>(candidates.map((context) => [context, []]));
  for (const [index, source] of sources.entries()) {
    const compiled = compileGroup({ conditions: [source], statements: [] }, candidates, FUNCTIONS);
    if (Array.isArray(compiled)) for (const { message } of compiled) report(index, message);
    else {
      const { context, conditions } = compiled as ConditionSet;
      byContext.get(context)?.push(...conditions);
    }
  }
  return [...byContext].flatMap(([context, conditions]) => (conditions.length === 0 ? [] : [{ context, conditions }]));
}
