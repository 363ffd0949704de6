const unitBytes: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30, MB: 1e6, GB: 1e9 };

/**
 * Reads a size such as `500MiB` or `1.5GB` into bytes.
 *
 * @throws Error that names the option when it is not one or is zero.
 */
export function parseSizeBytes(text: string, option: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(MiB|GiB|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(count) * (unitBytes[unit ?? ""] ?? 0));
  if (!(bytes > 0)) throw new Error(`cannot use ${option} "${text}": write a size such as 500MiB or 2GB`);
  return bytes;
}
