import { OttlError, Time } from "../values.js";
import { partsOf, type TimeParts, Zone } from "./go-time.js";

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Directives that stand for several. */
const COMPOSED: Readonly<Record<string, string>> = {
  D: "%m/%d/%Y",
  x: "%m/%d/%Y",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  r: "%I:%M:%S %P",
  R: "%H:%M",
  c: "%a %b %d %H:%M:%S %Y",
};

const LITERALS: Readonly<Record<string, string>> = { n: "\n", t: "\t", "%": "%" };

/** How a directive looks in a text that is read. */
const PATTERNS: Readonly<Record<string, string>> = {
  Y: "\\d{4}",
  y: "\\d{2}",
  m: "\\d{2}",
  o: " ?\\d{1,2}",
  q: "\\d{1,2}",
  b: "[A-Za-z]{3}",
  h: "[A-Za-z]{3}",
  B: MONTHS.join("|"),
  d: "\\d{2}",
  e: " ?\\d{1,2}",
  g: "\\d{1,2}",
  a: "[A-Za-z]{3}",
  A: DAYS.join("|"),
  H: "\\d{2}",
  I: "\\d{2}",
  l: "\\d{1,2}",
  p: "AM|PM",
  P: "am|pm",
  M: "\\d{2}",
  // A fraction may follow although the format has none.
  S: "\\d{2}(?:[.,]\\d+)?",
  L: "\\d*",
  f: "\\d*",
  s: "\\d*",
  z: "Z|[-+]\\d{4}",
  Z: "[A-Z]{3,5}|[-+]\\d{2}",
  i: "[-+]\\d{2}",
  j: "[-+]\\d{2}:\\d{2}",
  k: "[-+]\\d{2}:\\d{2}:\\d{2}",
  w: "[-+]\\d{6}",
};

type Piece = { readonly directive: string } | { readonly text: string };

/** Splits a format into directives and texts. @throws OttlError */
function pieces(format: string): Piece[] {
  if (/[^.,]%[Lfs]/.test(format) || /^%[Lfs]/.test(format)) {
    throw new OttlError(
      `invalid format ${JSON.stringify(format)}: a fraction of seconds must be preceded by "." or ","`,
    );
  }
  const result: Piece[] = [];
  for (const [whole, letter] of format.matchAll(/%([\s\S])|[^%]+|%$/g)) {
    if (letter === undefined) result.push({ text: whole });
    else if (COMPOSED[letter] !== undefined) result.push(...pieces(COMPOSED[letter] as string));
    else if (LITERALS[letter] !== undefined) result.push({ text: LITERALS[letter] as string });
    else if (PATTERNS[letter] !== undefined) result.push({ directive: letter });
    else throw new OttlError(`invalid format ${JSON.stringify(format)}: unsupported directive ${whole}`);
  }
  return result;
}

/** Writes times by a ctime-like format. @throws OttlError for a format with unknown directives. */
export function timeFormatter(format: string): (time: Time) => string {
  const all = pieces(format);
  return (time) => {
    const parts = partsOf(time);
    return all.map((piece) => ("text" in piece ? piece.text : write(piece.directive, parts, time))).join("");
  };
}

const two = (value: number): string => String(value).padStart(2, "0");

function write(directive: string, parts: TimeParts, time: Time): string {
  const hour12 = parts.hour % 12 === 0 ? 12 : parts.hour % 12;
  const month = MONTHS[parts.month - 1] as string;
  const day = DAYS[parts.weekday] as string;
  switch (directive) {
    case "Y":
      return String(parts.year).padStart(4, "0");
    case "y":
      return two(parts.year % 100);
    case "m":
      return two(parts.month);
    case "o":
      return String(parts.month).padStart(2, " ");
    case "q":
      return String(parts.month);
    case "b":
    case "h":
      return month.slice(0, 3);
    case "B":
      return month;
    case "d":
      return two(parts.day);
    case "e":
      return String(parts.day).padStart(2, " ");
    case "g":
      return String(parts.day);
    case "a":
      return day.slice(0, 3);
    case "A":
      return day;
    case "H":
      return two(parts.hour);
    case "I":
      return two(hour12);
    case "l":
      return String(hour12);
    case "p":
      return parts.hour < 12 ? "AM" : "PM";
    case "P":
      return parts.hour < 12 ? "am" : "pm";
    case "M":
      return two(parts.minute);
    case "S":
      return two(parts.second);
    case "L":
    case "f":
    case "s":
      return fraction(parts.nanosecond, directive);
    case "Z":
      return time.zone;
    default:
      return writeOffset(directive, time.offsetMinutes);
  }
}

/** Without the zeros at its end. */
function fraction(nanosecond: number, directive: string): string {
  const digits = { L: 3, f: 6 }[directive] ?? 9;
  return String(nanosecond).padStart(9, "0").slice(0, digits).replace(/0+$/, "");
}

function writeOffset(directive: string, offsetMinutes: number): string {
  if (directive === "z" && offsetMinutes === 0) return "Z";
  const minutes = Math.abs(offsetMinutes);
  const hours = (offsetMinutes < 0 ? "-" : "+") + two(Math.trunc(minutes / 60));
  switch (directive) {
    case "i":
      return hours;
    case "j":
      return `${hours}:${two(minutes % 60)}`;
    case "k":
      return `${hours}:${two(minutes % 60)}:00`;
    case "w":
      return `${hours}${two(minutes % 60)}00`;
    default:
      return hours + two(minutes % 60);
  }
}

/**
 * Reads times by a ctime-like format; what the format lacks is as in Go: month and day are the first, a year that is missing
 * is this one, or the last when that would be more than a week ahead.
 * @param location Where a time without a zone was read off a clock; "" is the collector's own zone.
 * @throws OttlError
 */
export function timeParser(format: string, location: string): (text: string) => Time {
  const all = pieces(format);
  const zone = location === "" && format.endsWith("Z") ? new Zone("UTC") : new Zone(location);
  const directives = all.flatMap((piece) => ("directive" in piece ? [piece.directive] : []));
  const source = all.map((piece) =>
    "text" in piece ? piece.text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&") : `(${PATTERNS[piece.directive] as string})`,
  );
  const pattern = new RegExp(`^${source.join("")}$`, "i");
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) throw new OttlError(`cannot parse ${JSON.stringify(text)} as ${JSON.stringify(format)}`);
    const fields = new Fields();
    for (const [index, directive] of directives.entries()) fields.take(directive, match[index + 1] as string);
    return fields.time(text, zone);
  };
}

class Fields {
  private year: number | undefined;
  private month = 1;
  private day = 1;
  private hour = 0;
  private minute = 0;
  private second = 0;
  private nanosecond = 0;
  private isAfternoon: boolean | undefined;
  private offsetMinutes: number | undefined;
  private zoneName: string | undefined;

  take(directive: string, text: string): void {
    const value = Number(text);
    switch (directive) {
      case "Y":
        this.year = value;
        return;
      case "y":
        this.year = value + (value >= 69 ? 1900 : 2000);
        return;
      case "m":
      case "o":
      case "q":
        this.month = value;
        return;
      case "b":
      case "h":
      case "B":
        this.month = 1 + MONTHS.findIndex((name) => name.toLowerCase().startsWith(text.toLowerCase()));
        return;
      case "d":
      case "e":
      case "g":
        this.day = value;
        return;
      case "H":
      case "I":
      case "l":
        this.hour = value;
        return;
      case "p":
      case "P":
        this.isAfternoon = text.toLowerCase() === "pm";
        return;
      case "M":
        this.minute = value;
        return;
      case "S":
        this.second = Number(text.slice(0, 2));
        if (text.length > 3) this.nanosecond = Number(text.slice(3, 12).padEnd(9, "0"));
        return;
      case "L":
      case "f":
      case "s":
        this.nanosecond = Number(text.slice(0, 9).padEnd(9, "0"));
        return;
      case "Z":
        if (/^[-+]/.test(text)) this.offsetMinutes = Number(text) * 60;
        else this.zoneName = text;
        return;
      case "a":
      case "A":
        return;
      default:
        this.offsetMinutes = offsetOf(text);
    }
  }

  time(text: string, zone: Zone): Time {
    let { hour } = this;
    if (this.isAfternoon === true && hour < 12) hour += 12;
    if (this.isAfternoon === false && hour === 12) hour = 0;
    const isRange = this.month >= 1 && hour < 24 && this.minute < 60 && this.second < 60;
    const check = new Date(Date.UTC(this.year ?? 2000, this.month - 1, this.day));
    if (!isRange || check.getUTCMonth() !== this.month - 1 || check.getUTCDate() !== this.day) {
      throw new OttlError(`cannot parse ${JSON.stringify(text)}: a part of it is out of range`);
    }
    const year = this.year ?? new Date().getFullYear();
    const found = this.moment(year, hour, zone);
    const isAhead = this.year === undefined && found.millis > Date.now() + 7 * 86_400_000;
    const { millis, offsetMinutes, name } = isAhead ? this.moment(year - 1, hour, zone) : found;
    return new Time(BigInt(millis) * 1_000_000n + BigInt(this.nanosecond), offsetMinutes, name);
  }

  private moment(year: number, hour: number, zone: Zone): { millis: number; offsetMinutes: number; name: string } {
    const date = new Date(0);
    date.setUTCFullYear(year, this.month - 1, this.day);
    date.setUTCHours(hour, this.minute, this.second);
    const local = date.getTime();
    const { zoneName, offsetMinutes } = this;
    if (offsetMinutes !== undefined) {
      return {
        millis: local - offsetMinutes * 60_000,
        offsetMinutes,
        name: zoneName ?? (offsetMinutes === 0 ? "UTC" : ""),
      };
    }
    const at = (zoneName === undefined ? zone : new Zone(zoneName)).at(local);
    return { ...at, name: zoneName ?? (at.offsetMinutes === 0 ? "UTC" : zone.name) };
  }
}

function offsetOf(text: string): number {
  if (text === "Z" || text === "z") return 0;
  const digits = text.slice(1).replaceAll(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4) || 0);
  return text.startsWith("-") ? -minutes : minutes;
}
