import { OttlError, Time } from "../values.js";

const NANOS_PER_MINUTE = 60_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

/** A moment as clocks of its zone show it. */
export interface TimeParts {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export function partsOf({ nanos, offsetMinutes }: Time): TimeParts {
  const local = nanos + BigInt(offsetMinutes) * NANOS_PER_MINUTE;
  const millis = floorDivide(local, NANOS_PER_MILLI);
  const date = new Date(Number(millis));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond: date.getUTCMilliseconds() * 1_000_000 + Number(local - millis * NANOS_PER_MILLI),
    weekday: date.getUTCDay(),
  };
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

/** Rounds down to a multiple of `nanos` since the year 1, in UTC. */
export function truncateTime(time: Time, nanos: bigint): Time {
  if (nanos <= 0n) return time;
  const sinceYearOne = time.nanos + 62_135_596_800_000_000_000n;
  const rest = ((sinceYearOne % nanos) + nanos) % nanos;
  return new Time(time.nanos - rest, time.offsetMinutes, time.zone);
}

/** A place of the time zone database, or the collector's own zone. */
export class Zone {
  private readonly format: Intl.DateTimeFormat | undefined;
  readonly name: string;

  /** @param name "" for the collector's own. @throws OttlError for a name that is not known. */
  constructor(name: string) {
    this.name = name;
    if (name === "") return;
    try {
      this.format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    } catch (error) {
      throw new OttlError(`unknown time zone ${name}`, { cause: error });
    }
  }

  /** Minutes east of UTC at that moment. */
  offsetAt(millis: number): number {
    if (this.format === undefined) return -new Date(millis).getTimezoneOffset();
    const text = this.format.formatToParts(millis).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
    const [, sign, hours, minutes] = /GMT([-+])(\d\d):(\d\d)/.exec(text) ?? [];
    if (hours === undefined) return 0;
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  }

  /** The moment at which clocks there show this. Of two such moments the earlier, as where the clock is set back. */
  at(localMillis: number): { readonly millis: number; readonly offsetMinutes: number } {
    const guess = this.offsetAt(localMillis);
    const offsetMinutes = this.offsetAt(localMillis - guess * 60_000);
    return { millis: localMillis - offsetMinutes * 60_000, offsetMinutes };
  }
}

/** `EDT`; for a zone without a name its offset. */
export function zoneAbbreviation({ nanos, offsetMinutes, zone }: Time): string {
  if (zone === "UTC" || /^[A-Z]{3,5}$/.test(zone)) return zone;
  // Each locale knows the abbreviations of its own part of the world.
  for (const locale of zone === "" ? [] : ["en-US", "en-GB", "en-AU"]) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" });
    const name = format
      .formatToParts(Number(nanos / NANOS_PER_MILLI))
      .find(({ type }) => type === "timeZoneName")?.value;
    if (name !== undefined && /^[A-Z]{3,5}$/.test(name)) return name;
  }
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  const rest = minutes % 60 === 0 ? "" : two(minutes % 60);
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}${rest}`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: NANOS_PER_MINUTE,
  h: 60n * NANOS_PER_MINUTE,
};

/** Go's ParseDuration: `1h15m30.918s`, in nanoseconds. @throws OttlError */
export function parseDurationNanos(text: string): bigint {
  const bad = () => new OttlError(`time: invalid duration ${JSON.stringify(text)}`);
  const body = text.replace(/^[-+]/, "");
  if (body === "0") return 0n;
  const part = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0n;
  let at = 0;
  while (at < body.length) {
    part.lastIndex = at;
    const match = part.exec(body);
    if (match === null) throw bad();
    const [whole, integer = "", fraction = "", unit = ""] = match;
    if (integer === "" && fraction === "") throw bad();
    const nanos = UNITS[unit] as bigint;
    total += BigInt(integer === "" ? 0 : integer) * nanos;
    if (fraction !== "") total += (BigInt(fraction) * nanos) / 10n ** BigInt(fraction.length);
    at += whole.length;
  }
  if (body === "" || total > 2n ** 63n - 1n) throw bad();
  return text.startsWith("-") ? -total : total;
}
