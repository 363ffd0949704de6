import { OttlError, Time } from "../values.js";
import { Zone } from "./go-time.js";
import { MONTHS, PATTERNS, pieces } from "./time-directives.js";

/** Spaces stand for one or more. */
function textPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/ +/g, " +");
}

/**
 * Reads times by a ctime-like format; what the format lacks is as in Go: month and day are the first, a year that is missing
 * is this one, or the last when that would be more than a week ahead.
 * @param location Where a time without a zone was read off a clock; "" is the collector's own zone.
 * @throws OttlError
 */
export function timeParser(format: string, location: string): (text: string) => Time {
  const parse = plainParser(format, location);
  if (!/%[Dx]/.test(format)) return parse;
  // The year of a short date may have two digits.
  const shorter = plainParser(format.replace(/%[Dx]/g, "%m/%d/%y"), location);
  return (text) => {
    try {
      return parse(text);
    } catch {
      return shorter(text);
    }
  };
}

function plainParser(format: string, location: string): (text: string) => Time {
  const all = pieces(format);
  const zone = location === "" && format.endsWith("Z") ? new Zone("UTC") : new Zone(location);
  const directives = all.flatMap((piece) => ("directive" in piece ? [piece.directive] : []));
  const source = all.map((piece) =>
    "text" in piece ? textPattern(piece.text) : `(${PATTERNS[piece.directive] as string})`,
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
        this.takeSecond(text);
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

  private takeSecond(text: string): void {
    const [whole = "", fraction] = text.split(/[.,]/);
    this.second = Number(whole);
    if (fraction !== undefined) this.nanosecond = Number(fraction.slice(0, 9).padEnd(9, "0"));
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
