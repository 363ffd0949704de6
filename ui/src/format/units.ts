/** `532 µs`, `12.3 ms`, `1.24 s`, `2 min 5 s`. Takes microseconds, as Jaeger does. */
export function duration(us: number): string {
  if (!Number.isFinite(us)) return "–";
  if (us < 999.5) return `${Math.round(us)} µs`;
  if (us < 999_500) return `${significant(us / 1000)} ms`;
  if (us < 59_995_000) return `${significant(us / 1_000_000)} s`;
  const seconds = Math.round(us / 1_000_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A rate per second: `0.25`, `12.5`, `1,240`. */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "–";
  return perSecond >= 1000 ? Math.round(perSecond).toLocaleString("en-US") : significant(perSecond);
}

/** `0 %`, `0.25 %`, `12.5 %`. A share that is not zero never reads as zero. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.0001) return "< 0.01 %";
  return `${significant(share * 100)} %`;
}

/** A number of unknown unit in few characters: `0.0012`, `12.5`, `1.24M`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(2).replace(/\.?0+e/, "e");
  const unit = size >= 1e12 ? "T" : size >= 1e9 ? "G" : size >= 1e6 ? "M" : size >= 1e4 ? "k" : "";
  return significant(value / { T: 1e12, G: 1e9, M: 1e6, k: 1e3, "": 1 }[unit]) + unit;
}

/** Three significant digits, without an exponent and without zeros at the end. */
function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value)))));
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Time of day with milliseconds, in the visitor's zone; with the date when it is not today's. Takes microseconds. */
export function timestamp(us: number, now: Date = new Date()): string {
  const date = new Date(us / 1000);
  const time = `${date.toLocaleTimeString("en-GB")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  return date.toDateString() === now.toDateString() ? time : `${date.toLocaleDateString("en-CA")} ${time}`;
}

/** Date and time to the minute, in the visitor's zone: `2026-01-31 14:05`. */
export function minute(date: Date): string {
  return Number.isNaN(date.getTime())
    ? "–"
    : `${date.toLocaleDateString("en-CA")} ${date.toLocaleTimeString("en-GB").slice(0, 5)}`;
}
