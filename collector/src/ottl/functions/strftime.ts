import type { Time } from "../values.js";
import { partsOf, type TimeParts, zoneAbbreviation } from "./go-time.js";
import { DAYS, MONTHS, pieces } from "./time-directives.js";

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
      // As upstream, whose layout for this is taken literally.
      return `_${parts.month}`;
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
      return zoneAbbreviation(time);
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
