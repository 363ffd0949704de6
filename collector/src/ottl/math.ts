import { Duration, OttlError, Time, typeName, type Value, wrapInt } from "./values.js";

export type MathOp = "+" | "-" | "*" | "/";

/** @throws OttlError for types that cannot be calculated with, and for a division by zero. */
export function calculate(a: Value, b: Value, op: MathOp): Value {
  if (typeof a === "bigint") {
    if (typeof b === "bigint") return calculateInts(a, b, op);
    if (typeof b === "number") return calculateDoubles(Number(a), b, op);
    throw new OttlError(`${typeName(b)} cannot be calculated with int64`);
  }
  if (typeof a === "number") {
    if (typeof b === "bigint" || typeof b === "number") return calculateDoubles(a, Number(b), op);
    throw new OttlError(`${typeName(b)} cannot be calculated with float64`);
  }
  if (a instanceof Time) return calculateTime(a, b, op);
  if (a instanceof Duration) return calculateDuration(a, b, op);
  throw new OttlError(`cannot calculate with ${typeName(a)}: must be int64, float64, time.Time or time.Duration`);
}

export function negate(value: Value): Value {
  if (typeof value === "bigint") return wrapInt(-value);
  if (typeof value === "number") return -value;
  throw new OttlError(`${typeName(value)} has no negative`);
}

function calculateInts(a: bigint, b: bigint, op: MathOp): bigint {
  switch (op) {
    case "+":
      return wrapInt(a + b);
    case "-":
      return wrapInt(a - b);
    case "*":
      return wrapInt(a * b);
    case "/":
      if (b === 0n) throw new OttlError("attempted to divide by 0");
      return wrapInt(a / b);
  }
}

function calculateDoubles(a: number, b: number, op: MathOp): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      if (b === 0) throw new OttlError("attempted to divide by 0");
      return a / b;
  }
}

function calculateTime(a: Time, b: Value, op: MathOp): Value {
  if (op === "+" && b instanceof Duration) return new Time(a.nanos + b.nanos, a.offsetMinutes, a.zone);
  if (op === "-" && b instanceof Time) return new Duration(saturate(a.nanos - b.nanos));
  if (op === "-" && b instanceof Duration) return new Time(a.nanos - b.nanos, a.offsetMinutes, a.zone);
  throw new OttlError(`time.Time ${op} ${typeName(b)} has no meaning`);
}

function calculateDuration(a: Duration, b: Value, op: MathOp): Value {
  if (op === "+" && b instanceof Time) return new Time(b.nanos + a.nanos, b.offsetMinutes, b.zone);
  if (op === "+" && b instanceof Duration) return new Duration(wrapInt(a.nanos + b.nanos));
  if (op === "-" && b instanceof Duration) return new Duration(wrapInt(a.nanos - b.nanos));
  throw new OttlError(`time.Duration ${op} ${typeName(b)} has no meaning`);
}

const LONGEST = 2n ** 63n - 1n;

/** The distance of two times that are further apart than a duration can be is the longest one. */
function saturate(nanos: bigint): bigint {
  return nanos > LONGEST ? LONGEST : nanos < -LONGEST - 1n ? -LONGEST - 1n : nanos;
}
