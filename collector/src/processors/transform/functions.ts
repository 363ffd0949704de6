import type { ContextName } from "../../ottl/contexts.js";
import { type FunctionTable, tableOf } from "../../ottl/functions/define.js";
import { conditionFunctions, standardFunctions } from "../../ottl/functions/standard.js";
import type { Functions } from "../../ottl/statements.js";
import { METRIC_FUNCTIONS } from "./metrics/metric-functions.js";

const tables = new Map<ContextName, FunctionTable>();

function statementFunctions(context: ContextName): FunctionTable {
  let table = tables.get(context);
  if (table === undefined) {
    const own = context === "metric" ? METRIC_FUNCTIONS : [];
    table = tableOf([...standardFunctions(context).values()], own);
    tables.set(context, table);
  }
  return table;
}

/** The standard functions, and what this processor adds in some contexts. */
export const TRANSFORM_FUNCTIONS: Functions = { statements: statementFunctions, conditions: conditionFunctions };
