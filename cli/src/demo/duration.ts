const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Reads a duration as k6 writes it, such as `40s` or `1m30s`, into seconds.
 *
 * @throws Error that names the option when it is not one or is zero.
 */
export function parseDurationSeconds(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+)(s|m|h)/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitSeconds[unit ?? ""] ?? 0), 0);
  if (parts.map(([whole]) => whole).join("") !== text || seconds === 0) {
    throw new Error(`cannot use ${option} "${text}": write a duration such as 40s or 1m30s`);
  }
  return seconds;
}
