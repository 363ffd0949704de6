/**
 * A number as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes it, which is how every Prometheus exposition looks:
 * shortest digits, an exponent of at least two digits from 1e+06 up and below 0.0001.
 */
export function goFloat(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const text = value.toExponential();
  const sign = text.indexOf("e") + 1;
  return text.length - sign === 2 ? `${text.slice(0, -1)}0${text.slice(-1)}` : text;
}

/** As OpenMetrics wants floats: with a point or an exponent in them. */
export function openMetricsFloat(value: number): string {
  const text = goFloat(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}
