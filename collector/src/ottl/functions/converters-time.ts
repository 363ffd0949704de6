import { Duration, OttlError, Time, type Value, wrapInt } from "../values.js";
import { define, type FunctionDefinition } from "./define.js";
import { parseDurationNanos, partsOf, type TimeParts, truncateTime } from "./go-time.js";
import { duration, int, literalString, optional, string, time } from "./params.js";
import { timeFormatter } from "./strftime.js";
import { timeParser } from "./strptime.js";

function part(name: string, read: (parts: TimeParts) => number): FunctionDefinition {
  return define(
    name,
    { value: time },
    ({ value }) =>
      (context) =>
        BigInt(read(partsOf(value.get(context)))),
  );
}

/** A duration in some unit: a whole number, or one with a fraction. */
function inUnit(name: string, convert: (nanos: bigint) => Value): FunctionDefinition {
  return define(
    name,
    { value: duration },
    ({ value }) =>
      (context) =>
        convert(value.get(context).nanos),
  );
}

function sinceEpoch(name: string, nanosPerUnit: bigint): FunctionDefinition {
  return define(
    name,
    { value: time },
    ({ value }) =>
      (context) =>
        floorDivide(value.get(context).nanos, nanosPerUnit),
  );
}

function floorDivide(nanos: bigint, unit: bigint): bigint {
  const quotient = nanos / unit;
  return nanos % unit < 0n ? quotient - 1n : quotient;
}

/** Whole units and fraction apart, as Go does: so the last digit is the same. */
function fractional(nanos: bigint, unit: bigint): number {
  return Number(nanos / unit) + Number(nanos % unit) / Number(unit);
}

const now = define("Now", {}, () => () => new Time(BigInt(Date.now()) * 1_000_000n + subMillisecond()));

/** Nanoseconds since this millisecond began, as far as the clock tells. */
function subMillisecond(): bigint {
  return process.hrtime.bigint() % 1_000_000n;
}

const formatTime = define("FormatTime", { time, format: literalString }, ({ time: value, format }) => {
  if (format === "") throw new OttlError("format cannot be empty");
  const write = timeFormatter(format);
  return (context) => write(value.get(context));
});

const parseTime = define(
  "Time",
  { target: string, format: literalString, location: optional(literalString), locale: optional(literalString) },
  ({ target, format, location = "", locale = "en" }) => {
    if (format === "") throw new OttlError("format cannot be empty");
    if (!/^en\b/i.test(locale))
      throw new OttlError(`locale ${JSON.stringify(locale)} is not supported: only English is`);
    const parse = timeParser(format, location);
    return (context) => {
      const text = target.get(context);
      if (text === "") throw new OttlError("time cannot be empty");
      return parse(text);
    };
  },
);

const unix = define("Unix", { seconds: int, nanoseconds: optional(int) }, ({ seconds, nanoseconds }) => (context) => {
  const nanos = nanoseconds?.get(context) ?? 0n;
  return new Time(wrapInt(seconds.get(context) * 1_000_000_000n + nanos));
});

const truncate = define("TruncateTime", { time, duration }, (given) => (context) => {
  return truncateTime(given.time.get(context), given.duration.get(context).nanos);
});

const parseDuration = define(
  "Duration",
  { duration: string },
  ({ duration: text }) =>
    (context) =>
      new Duration(parseDurationNanos(text.get(context))),
);

const SECOND = 1_000_000_000n;

export const TIME_CONVERTERS: readonly FunctionDefinition[] = [
  part("Year", (parts) => parts.year),
  part("Month", (parts) => parts.month),
  part("Day", (parts) => parts.day),
  part("Weekday", (parts) => parts.weekday),
  part("Hour", (parts) => parts.hour),
  part("Minute", (parts) => parts.minute),
  part("Second", (parts) => parts.second),
  part("Nanosecond", (parts) => parts.nanosecond),
  inUnit("Hours", (nanos) => fractional(nanos, 3600n * SECOND)),
  inUnit("Minutes", (nanos) => fractional(nanos, 60n * SECOND)),
  inUnit("Seconds", (nanos) => fractional(nanos, SECOND)),
  inUnit("Milliseconds", (nanos) => nanos / 1_000_000n),
  inUnit("Microseconds", (nanos) => nanos / 1000n),
  inUnit("Nanoseconds", (nanos) => nanos),
  sinceEpoch("UnixSeconds", SECOND),
  sinceEpoch("UnixMilli", 1_000_000n),
  sinceEpoch("UnixMicro", 1000n),
  sinceEpoch("UnixNano", 1n),
  now,
  formatTime,
  parseTime,
  unix,
  truncate,
  parseDuration,
];
