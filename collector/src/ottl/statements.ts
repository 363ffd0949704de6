import { LogThrottle } from "../telemetry/log-throttle.js";
import type { Logger } from "../telemetry/logger.js";
import { Compiler, type Evaluate, type Run } from "./compiler.js";
import type { TransformContext } from "./context.js";
import { CONTEXTS, type ContextName } from "./contexts.js";
import type { ErrorMode } from "./error-mode.js";
import type { FunctionTable } from "./functions/define.js";
import { inferContext, Needs } from "./infer-context.js";
import { parseCondition, parseStatement } from "./syntax/parser.js";
import { describeProblem, SyntaxProblem } from "./syntax/problem.js";
import { OttlError } from "./values.js";

/** Statements that belong together, as configured. */
export interface StatementGroup {
  /** Inferred from the paths when it is missing. */
  readonly context?: ContextName | undefined;
  /** One must hold for the statements to run. */
  readonly conditions: readonly string[];
  readonly statements: readonly string[];
}

/** One that is wrong: where in the group, and why. */
export interface GroupProblem {
  readonly list: "statements" | "conditions";
  readonly index: number;
  readonly message: string;
}

interface Compiled<What> {
  readonly source: string;
  readonly run: What;
}

export type CompiledCondition = Compiled<Evaluate<boolean>>;

/** Statements that can run. */
export interface CompiledGroup {
  readonly context: ContextName;
  readonly conditions: readonly CompiledCondition[];
  readonly statements: readonly Compiled<Run>[];
}

export interface Functions {
  readonly statements: (context: ContextName) => FunctionTable;
  readonly conditions: (context: ContextName) => FunctionTable;
}

/** Compiles a group for a signal that has these contexts. Answers what is wrong instead, all of it. */
export function compileGroup(
  group: StatementGroup,
  candidates: readonly ContextName[],
  functions: Functions,
): CompiledGroup | GroupProblem[] {
  const problems: GroupProblem[] = [];
  const attempt = <T>(list: GroupProblem["list"], index: number, source: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      problems.push({ list, index, message: describeProblem(source, error) });
      return undefined;
    }
  };
  const { statements: sources, conditions: conditionSources } = group;
  const trees = sources.map((source, index) => attempt("statements", index, source, () => parseStatement(source)));
  const conditionTrees = conditionSources.map((source, index) =>
    attempt("conditions", index, source, () => parseCondition(source)),
  );
  if (problems.length > 0) return problems;
  const needs = new Needs();
  for (const tree of trees) if (tree !== undefined) needs.statement(tree);
  for (const tree of conditionTrees) if (tree !== undefined) needs.condition(tree);
  const context = group.context ?? inferContext(needs, candidates, functions.statements);
  if (context === undefined || !candidates.includes(context)) {
    const list = sources.length > 0 ? "statements" : "conditions";
    return [{ list, index: 0, message: noContext(context, candidates) }];
  }
  const style = group.context === undefined ? "prefixed" : "optional";
  const compiler = new Compiler(CONTEXTS[context], functions.statements(context), style);
  const statements = trees.flatMap((tree, index): Compiled<Run>[] => {
    const source = sources[index] as string;
    const run = tree === undefined ? undefined : attempt("statements", index, source, () => compiler.statement(tree));
    return run === undefined ? [] : [{ source, run }];
  });
  const conditionCompiler = new Compiler(CONTEXTS[context], functions.conditions(context), style);
  const conditions = conditionTrees.flatMap((tree, index): Compiled<Evaluate<boolean>>[] => {
    const source = conditionSources[index] as string;
    const run =
      tree === undefined ? undefined : attempt("conditions", index, source, () => conditionCompiler.condition(tree));
    return run === undefined ? [] : [{ source, run }];
  });
  return problems.length > 0 ? problems : { context, conditions, statements };
}

function noContext(context: ContextName | undefined, candidates: readonly ContextName[]): string {
  const names = candidates.join(", ");
  if (context === undefined)
    return `no path says in which context this runs; write paths that begin with one of ${names}`;
  return `the ${context} context does not exist here; it has ${names}`;
}

/** A statement failed and the error mode is `propagate`. */
export class PropagatedError extends Error {
  override readonly name = "PropagatedError";
}

/** Runs compiled statements and conditions and handles their failures as the error mode says. */
export class Runner {
  private readonly mode: ErrorMode;
  private readonly log: Logger;
  private readonly throttle = new LogThrottle();

  constructor(mode: ErrorMode, log: Logger) {
    this.mode = mode;
    this.log = log;
  }

  /** The statements of a group on one item. @throws PropagatedError */
  execute(group: CompiledGroup, context: TransformContext): void {
    if (group.conditions.length > 0 && !this.anyHolds(group.conditions, context)) return;
    for (const { source, run } of group.statements) {
      try {
        run(context);
      } catch (error) {
        this.failed("execute statement", source, error);
      }
    }
  }

  /** Whether one of the conditions holds; one that fails does not. @throws PropagatedError */
  anyHolds(conditions: readonly CompiledCondition[], context: TransformContext): boolean {
    for (const { source, run } of conditions) {
      try {
        if (run(context)) return true;
      } catch (error) {
        this.failed("eval condition", source, error);
      }
    }
    return false;
  }

  private failed(what: string, source: string, error: unknown): void {
    if (!(error instanceof OttlError)) throw error;
    const { message } = error;
    if (this.mode === "propagate")
      throw new PropagatedError(`failed to ${what}: ${source}, ${message}`, { cause: error });
    if (this.mode === "silent") return;
    this.throttle.run((suppressed) => {
      this.log.warn(`failed to ${what}`, { error: message, [what.split(" ")[1] as string]: source, suppressed });
    });
  }
}
