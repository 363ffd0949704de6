import { typeName, type Value } from "./values.js";

/** What a parameter takes: any value, any value with a nil that is no value, or one type. */
export type Parameter = "any" | "value" | "string" | "sample" | "result";

export interface TemplateFunction {
  readonly parameters: readonly Parameter[];
  /** What further arguments must be; left out when there may be none. */
  readonly rest?: Parameter;
  /** @throws {Error} in Go's words */
  readonly call: (...values: never[]) => Value | Promise<Value>;
}

/** A function; the types of the arguments are checked before it is called. */
export function define(
  parameters: readonly Parameter[],
  call: TemplateFunction["call"],
  rest?: Parameter,
): TemplateFunction {
  return rest === undefined ? { parameters, call } : { parameters, call, rest };
}

/** A parameter's type as Go writes it. */
export const parameterTypes: Readonly<Record<Parameter, string>> = {
  any: "interface {}",
  value: "reflect.Value",
  string: "string",
  sample: "*template.sample",
  result: "template.queryResult",
};

/** Why a value cannot be the argument; undefined when it can. */
export function argumentProblem(value: Value, parameter: Parameter): string | undefined {
  const type = parameterTypes[parameter];
  if (value === undefined || value === null)
    return parameter === "string" ? `invalid value; expected ${type}` : undefined;
  if (parameter === "any" || parameter === "value" || typeName(value) === type) return undefined;
  return `wrong type for value; expected ${type}; got ${typeName(value)}`;
}

/** Why there are too few or too many arguments; undefined when their number is right. */
export function countProblem(name: string, { parameters, rest }: TemplateFunction, count: number): string | undefined {
  const { length } = parameters;
  if (rest !== undefined) {
    return count < length ? `wrong number of args for ${name}: want at least ${length} got ${count}` : undefined;
  }
  return count === length ? undefined : `wrong number of args for ${name}: want ${length} got ${count}`;
}
