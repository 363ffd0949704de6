/**
 * Compiles a pattern of Go's regexp (RE2), unanchored. Both languages agree on what such options hold in practice; leading
 * flags (`(?i)`) become JavaScript's, named groups lose their `P`, and what RE2 refuses is refused.
 * @throws Error that names the problem.
 */
export function compileGoRegExp(pattern: string): RegExp {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const body = pattern.slice(leading?.[0].length ?? 0).replaceAll("(?P<", "(?<");
  if (/\(\?<?[=!]/.test(body)) throw new Error(`invalid regex \`${pattern}\`: look-around is not supported`);
  const source = body.replaceAll("\\A", "^").replaceAll("\\z", "$");
  try {
    return new RegExp(source, `${leading?.[1] ?? ""}u`);
  } catch (cause) {
    throw new Error(`invalid regex \`${pattern}\`: ${(cause as Error).message}`, { cause });
  }
}
