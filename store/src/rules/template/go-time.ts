import { GoStruct } from "./values.js";

/** A point in time in UTC as templates see it: `*time.Time` of whole milliseconds. */
export function timeValue(timeMs: number): GoStruct {
  const date = new Date(timeMs);
  const text = (): string => format(date, "2006-01-02 15:04:05.999999999 -0700 MST");
  const whole = (number: number): bigint => BigInt(Math.floor(number));
  const self = (): GoStruct => timeValue(timeMs);
  return new GoStruct("*time.Time", {
    text,
    methods: {
      String: text,
      Format: (layout) => format(date, String(layout)),
      Unix: () => whole(timeMs / 1000),
      UnixMilli: () => whole(timeMs),
      UnixNano: () => BigInt(timeMs) * 1_000_000n,
      Year: () => whole(date.getUTCFullYear()),
      Month: () => named(months[date.getUTCMonth()] ?? ""),
      Day: () => whole(date.getUTCDate()),
      Hour: () => whole(date.getUTCHours()),
      Minute: () => whole(date.getUTCMinutes()),
      Second: () => whole(date.getUTCSeconds()),
      Weekday: () => named(weekdays[date.getUTCDay()] ?? ""),
      YearDay: () => whole(yearDay(date)),
      UTC: self,
      Local: self,
    },
  });
}

/** Something that is printed by its name only, such as a month. */
function named(name: string): GoStruct {
  return new GoStruct("time.Month", { text: () => name, methods: { String: () => name } });
}

/** A span of time as templates see it: `*time.Duration` of whole nanoseconds. */
export function durationValue(seconds: number): GoStruct {
  const nanoseconds = BigInt.asIntN(64, BigInt(Math.trunc(seconds * 1e9)));
  const total = Number(nanoseconds);
  const text = (): string => durationText(nanoseconds);
  return new GoStruct("*time.Duration", {
    text,
    methods: {
      String: text,
      Hours: () => total / 3.6e12,
      Minutes: () => total / 6e10,
      Seconds: () => total / 1e9,
      Milliseconds: () => nanoseconds / 1_000_000n,
      Microseconds: () => nanoseconds / 1000n,
      Nanoseconds: () => nanoseconds,
    },
  });
}

function durationText(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  const sign = nanoseconds < 0n ? "-" : "";
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (size < 1000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  const minutes = size / 60_000_000_000n;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `value` with the point in front of its last `places` digits, without zeros at the end. */
function decimal(value: bigint, places: number): string {
  const digits = String(value).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fraction === "" ? "" : `.${fraction}`);
}

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

function yearDay(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 86_400_000) + 1;
}

/** The parts of Go's layouts, the longer ones first. */
const layoutPattern =
  /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700|-07|__2|002|_2|0[1-6]|15|[.,]0+(?!\d)|[.,]9+(?!\d)|PM|pm|[1-5]/g;

/** Go's Time.Format in UTC. */
function format(date: Date, layout: string): string {
  return layout.replace(layoutPattern, (part) => layoutPart(date, part));
}

function layoutPart(date: Date, part: string): string {
  const [month, day, hour] = [date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const [minute, second] = [date.getUTCMinutes(), date.getUTCSeconds()];
  const two = (number: number): string => String(number).padStart(2, "0");
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const parts: Readonly<Record<string, string>> = {
    January: months[month] ?? "",
    Jan: (months[month] ?? "").slice(0, 3),
    Monday: weekdays[date.getUTCDay()] ?? "",
    Mon: (weekdays[date.getUTCDay()] ?? "").slice(0, 3),
    MST: "UTC",
    2006: String(date.getUTCFullYear()).padStart(4, "0"),
    "06": two(date.getUTCFullYear() % 100),
    "Z07:00": "Z",
    Z0700: "Z",
    Z07: "Z",
    "-07:00": "+00:00",
    "-0700": "+0000",
    "-07": "+00",
    "002": String(yearDay(date)).padStart(3, "0"),
    __2: String(yearDay(date)).padStart(3),
    _2: String(day).padStart(2),
    "01": two(month + 1),
    "02": two(day),
    "03": two(hour12),
    "04": two(minute),
    "05": two(second),
    15: two(hour),
    PM: hour < 12 ? "AM" : "PM",
    pm: hour < 12 ? "am" : "pm",
    1: String(month + 1),
    2: String(day),
    3: String(hour12),
    4: String(minute),
    5: String(second),
  };
  return parts[part] ?? fraction(date.getUTCMilliseconds(), part);
}

/** `.000` writes so many digits, `.999` leaves zeros at the end out. */
function fraction(milliseconds: number, part: string): string {
  const digits = String(milliseconds)
    .padStart(3, "0")
    .padEnd(part.length - 1, "0")
    .slice(0, part.length - 1);
  if (part[1] === "0") return part[0] + digits;
  const short = digits.replace(/0+$/, "");
  return short === "" ? "" : part[0] + short;
}
