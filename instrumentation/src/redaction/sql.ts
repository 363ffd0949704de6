/** SQL with its literals replaced by `?`, for queries that carry values in their text. */

/**
 * One alternative per token that can hold or hide a literal, in the order in which a scanner would try them: comments;
 * what is kept (quoted identifiers, parameters, names that no string's prefix letter is); strings in dollars, with
 * backslash escapes, plain; numbers. A backslash escapes in `E'…'` alone: in `'C:\'` it would hide the closing quote.
 */
const token: RegExp =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|("(?:[^"]|"")*"|\$\d+|(?![EeBbXxNn]'|[Uu]&')[A-Za-z_]\w*)|\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\3\$|$)|[Ee]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|(?:[BbXxNn]|[Uu]&)?'(?:[^']|'')*(?:'|$)|0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/g;

const cacheEntriesMax = 500;
const cachedLengthMax = 4_096;
const textLengthMax = 4_096;
const cache = new Map<string, string>();

/** The text with literals masked and comments dropped, cut at 4,096 characters; lists of literals become `(?)`. */
export function maskSqlLiterals(sql: string): string {
  const known = cache.get(sql);
  if (known !== undefined) return known;
  const masked = mask(sql);
  if (sql.length <= cachedLengthMax) {
    // Texts with literals may be endless in number: start afresh rather than grow.
    if (cache.size >= cacheEntriesMax) cache.clear();
    cache.set(sql, masked);
  }
  return masked;
}

function mask(sql: string): string {
  const cut = sql.length > textLengthMax ? sql.slice(0, textLengthMax) : sql;
  return cut
    .replace(token, (_text, comment?: string, kept?: string) => (comment === undefined ? (kept ?? "?") : " "))
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, "(?)")
    .replace(/\(\?\)(?:\s*,\s*\(\?\))+/g, "(?)")
    .trim();
}

/** PostgreSQL quotes the offending value in some messages: `invalid input syntax for type uuid: "…"`. */
export function maskErrorMessage(message: string): string {
  return message.replace(/(: |value |\bof )"[^"]*"|(=\()[^)]*(?=\))/g, (_text, before?: string, key?: string) =>
    key === undefined ? `${before ?? ""}"?"` : `${key}?`,
  );
}
