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
