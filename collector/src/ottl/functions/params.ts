import { type Compiler, type Evaluate, type Expression, isConstant } from "../compiler.js";
import type { Access } from "../paths/access.js";
import type { PathNode, ValueNode } from "../syntax/ast.js";
import { hint, SyntaxProblem } from "../syntax/problem.js";
import { Duration, isList, isMap, OttlError, OttlTypeError, Time, typeName, type Value } from "../values.js";
import { asBool, asBytes, asDouble, asInt, asText } from "./conversions.js";
import type { Param } from "./define.js";

/** An argument that is evaluated per item. `constant` is set when it is the same for all. */
export interface Argument<T> {
  readonly get: Evaluate<T>;
  readonly constant?: T;
}

function required<T>(type: string, compile: (node: ValueNode, compiler: Compiler) => T): Param<T> {
  return {
    type,
    isOptional: false,
    compile: (node, compiler) => {
      if (node === undefined) throw new Error("BUG: a required argument is missing");
      return compile(node, compiler);
    },
  };
}

/** The argument may be left out. */
export function optional<T>(param: Param<T>): Param<T | undefined> {
  return {
    type: param.type,
    isOptional: true,
    compile: (node, compiler) => (node === undefined ? undefined : param.compile(node, compiler)),
  };
}

/** A place in the telemetry that is read or written. */
export const path: Param<Access> = required("path", (node, compiler) => compiler.path(pathOf(node)));

/** A place in the telemetry that holds a map. */
export const mapPath: Param<Access> = required("path", (node, compiler) => compiler.path(pathOf(node)));

function pathOf(node: ValueNode): PathNode {
  if (node.kind === "path") return node;
  throw new SyntaxProblem(node.at, "the argument must be a path");
}

/** Any value. */
export const value: Param<Argument<Value>> = required("any", (node, compiler) => plain(compiler.value(node)));

function plain(expression: Expression): Argument<Value> {
  const { evaluate } = expression;
  return isConstant(expression) ? { get: evaluate, constant: expression.constant ?? null } : { get: evaluate };
}

function converted<T>(type: string, convert: (value: Value) => T): Param<Argument<T>> {
  return required(type, (node, compiler) => convertedArgument(node, compiler, convert));
}

/** A constant is converted once, and refused at once when it cannot be. */
function convertedArgument<T>(node: ValueNode, compiler: Compiler, convert: (value: Value) => T): Argument<T> {
  const expression = compiler.value(node);
  const { evaluate } = expression;
  if (!isConstant(expression)) return { get: (context) => convert(evaluate(context)) };
  try {
    const constant = convert(expression.constant ?? null);
    return { get: () => constant, constant };
  } catch (error) {
    if (error instanceof OttlError) throw new SyntaxProblem(node.at, error.message);
    throw error;
  }
}

function expecting<T extends Value>(type: string, is: (value: Value) => value is T): (value: Value) => T {
  return (one) => {
    if (is(one)) return one;
    throw new OttlTypeError(`expected ${type} but got ${typeName(one)}`);
  };
}

export const expectText: (value: Value) => string = expecting(
  "string",
  (one): one is string => typeof one === "string",
);
const expectMap = expecting("map", isMap);
const expectList = expecting("list", isList);

export const string: Param<Argument<string>> = converted("string", expectText);
export const int: Param<Argument<bigint>> = converted(
  "int",
  expecting("int64", (one): one is bigint => typeof one === "bigint"),
);
export const double: Param<Argument<number>> = converted(
  "float",
  expecting("float64", (one): one is number => typeof one === "number"),
);
export const bool: Param<Argument<boolean>> = converted(
  "bool",
  expecting("bool", (one): one is boolean => typeof one === "boolean"),
);
export const map: Param<Argument<ReturnType<typeof expectMap>>> = converted("map", expectMap);
export const list: Param<Argument<readonly Value[]>> = converted("list", expectList);
export const time: Param<Argument<Time>> = converted(
  "time",
  expecting("time.Time", (one): one is Time => one instanceof Time),
);
export const duration: Param<Argument<Duration>> = converted(
  "duration",
  expecting("time.Duration", (one): one is Duration => one instanceof Duration),
);

/** Anything that can be made a text, integer, …; nil stays nil. */
export const stringLike: Param<Argument<string | null>> = converted("string-like", asText);
export const intLike: Param<Argument<bigint | null>> = converted("int-like", asInt);
export const doubleLike: Param<Argument<number | null>> = converted("float-like", asDouble);
export const boolLike: Param<Argument<boolean | null>> = converted("bool-like", asBool);
export const bytesLike: Param<Argument<Uint8Array | null>> = converted("bytes-like", asBytes);

/** Values that must stand in the statement itself. */
export const literalString: Param<string> = required("literal string", (node) => {
  if (node.kind === "string") return node.value;
  throw new SyntaxProblem(node.at, "the argument must be a string in quotes");
});
export const literalInt: Param<bigint> = required("literal int", (node) => {
  if (node.kind === "literal" && typeof node.value === "bigint") return node.value;
  throw new SyntaxProblem(node.at, "the argument must be an integer");
});
export const literalDouble: Param<number> = required("literal float", (node) => {
  if (node.kind === "literal" && typeof node.value === "number") return node.value;
  throw new SyntaxProblem(node.at, "the argument must be a number with a fraction, like 1.0");
});
export const literalBool: Param<boolean> = required("literal bool", (node) => {
  if (node.kind === "literal" && typeof node.value === "boolean") return node.value;
  throw new SyntaxProblem(node.at, "the argument must be true or false");
});

/** A list in brackets of which each item is such an argument. */
export function listOf<T>(item: Param<T>): Param<readonly T[]> {
  return required(`list of ${item.type}`, (node, compiler) => {
    if (node.kind !== "list")
      throw new SyntaxProblem(node.at, `the argument must be a list of ${item.type} in brackets`);
    return node.items.map((one) => item.compile(one, compiler));
  });
}

/** A converter of one string, by its name: applied to each text. */
export type ApplyFunction = (text: string) => Evaluate;

export const functionName: Param<ApplyFunction> = required("function", (node, compiler) => {
  if (node.kind !== "functionName" && node.kind !== "enum") {
    throw new SyntaxProblem(node.at, "the argument must be the name of a function");
  }
  const { name, at } = node;
  const definition = compiler.functions.get(name);
  if (definition === undefined) {
    throw new SyntaxProblem(at, `unknown function "${name}"${hint(name, compiler.functions.keys())}`);
  }
  if (Object.values(definition.params).length !== 1) {
    throw new SyntaxProblem(at, `${name} takes other arguments than one string`);
  }
  return (text) => {
    const argument = { name: undefined, value: { kind: "string", value: text, at } as const, at };
    return definition.compile({ kind: "call", name, arguments: [argument], keys: [], at }, compiler);
  };
});
