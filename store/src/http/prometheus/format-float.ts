/** A sample's value the way Prometheus' API writes it: plain decimals, exponents only below 1e-6 and from 1e21 on. */
export function formatFloat(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  // Go writes at least two digits of exponent.
  const exponent = /e([+-])(\d)$/.exec(text);
  return exponent === null ? text : `${text.slice(0, exponent.index)}e${exponent[1]}0${exponent[2]}`;
}
