/** UCUM units as Prometheus spells them. Units that are not listed stand for themselves. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ["d", "days"],
  ["h", "hours"],
  ["min", "minutes"],
  ["s", "seconds"],
  ["ms", "milliseconds"],
  ["us", "microseconds"],
  ["ns", "nanoseconds"],
  ["By", "bytes"],
  ["KiBy", "kibibytes"],
  ["MiBy", "mebibytes"],
  ["GiBy", "gibibytes"],
  ["TiBy", "tibibytes"],
  ["KBy", "kilobytes"],
  ["MBy", "megabytes"],
  ["GBy", "gigabytes"],
  ["TBy", "terabytes"],
  ["m", "meters"],
  ["V", "volts"],
  ["A", "amperes"],
  ["J", "joules"],
  ["W", "watts"],
  ["g", "grams"],
  ["Cel", "celsius"],
  ["Hz", "hertz"],
  ["1", ""],
  ["%", "percent"],
]);

/** Units after a slash. `m` is a minute here. */
const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
]);

export interface UnitSuffixes {
  /** `seconds`, `bytes`, …; "" for none. */
  readonly main: string;
  /** `per_second`, …; "" for none. */
  readonly per: string;
}

/**
 * Splits a unit at its first slash and spells both halves; annotations in braces (`{request}`) count as none. Unless
 * `utf8`, characters that old Prometheus names cannot have become underscores.
 */
export function unitSuffixes(unit: string, utf8 = false): UnitSuffixes {
  const slash = unit.indexOf("/");
  const main = spell(slash < 0 ? unit : unit.slice(0, slash), UNITS);
  const per = slash < 0 ? "" : spell(unit.slice(slash + 1), PER_UNITS);
  const perSuffix = per === "" ? "" : `per_${per}`;
  return utf8 ? { main, per: perSuffix } : { main: clean(main), per: clean(perSuffix) };
}

/** The unit of a family: `seconds`, `bytes_per_second`, … */
export function unitName(unit: string, utf8 = false): string {
  const { main, per } = unitSuffixes(unit, utf8);
  const joined = main !== "" && per !== "" ? `${main}_${per}` : main + per;
  return joined.replace(/^_|_$/g, "");
}

function spell(half: string, table: ReadonlyMap<string, string>): string {
  const trimmed = half.trim();
  if (trimmed === "" || /[{}]/.test(trimmed)) return "";
  return table.get(trimmed) ?? trimmed;
}

function clean(suffix: string): string {
  return suffix === "" ? "" : suffix.replace(/[^a-zA-Z0-9:]+/gu, "_").replace(/^_/, "");
}
