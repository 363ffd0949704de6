/** Prometheus' words for units, as UCUM. */
const WORDS: Readonly<Record<string, string>> = {
  days: "d",
  hours: "h",
  minutes: "min",
  seconds: "s",
  milliseconds: "ms",
  microseconds: "us",
  nanoseconds: "ns",
  bytes: "By",
  kibibytes: "KiBy",
  mebibytes: "MiBy",
  gibibytes: "GiBy",
  tibibytes: "TiBy",
  kilobytes: "KBy",
  megabytes: "MBy",
  gigabytes: "GBy",
  terabytes: "TBy",
  meters: "m",
  volts: "V",
  amperes: "A",
  joules: "J",
  watts: "W",
  grams: "g",
  celsius: "Cel",
  hertz: "Hz",
  ratio: "1",
  percent: "%",
};

const PER_WORDS: Readonly<Record<string, string>> = {
  second: "s",
  minute: "m",
  hour: "h",
  day: "d",
  week: "w",
  month: "mo",
  year: "y",
};

/** `bytes_per_second` → `By/s`; words that are not known stand for themselves. */
export function ucumUnit(words: string): string {
  const at = words.indexOf("_per_");
  const main = at < 0 ? words : words.slice(0, at);
  const per = at < 0 ? "" : words.slice(at + "_per_".length);
  const unit = WORDS[main] ?? main;
  return per === "" ? unit : `${unit}/${PER_WORDS[per] ?? per}`;
}

/** A name without the suffixes of its type and unit: `requests_total` → `requests`. */
export function trimSuffixes(name: string, isSum: boolean, unitWords: string): string {
  let tokens = name.split("_");
  if (tokens.length === 1) return name;
  if (isSum && tokens.at(-1) === "total") tokens = tokens.slice(0, -1);
  const unit = unitWords.split("_");
  if (tokens.length > unit.length && tokens.slice(-unit.length).join("_") === unitWords) {
    tokens = tokens.slice(0, -unit.length);
  }
  return tokens.join("_");
}
