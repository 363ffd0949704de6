/** Texts are measured in bytes of UTF-8, as Go does. */

/** The text cut so that it has at most `most` bytes, never inside of a character. */
export function truncateBytes(text: string, most: number): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= most) return text;
  let end = most;
  while (end > 0 && isInside(bytes, end)) end--;
  return bytes.toString("utf8", 0, end);
}

/** Whether the byte continues a character. */
export function isInside(bytes: Uint8Array, at: number): boolean {
  return at < bytes.length && ((bytes[at] as number) & 0xc0) === 0x80;
}

/** As Go's ToLower and ToUpper: a character becomes one character or stays. */
export function toLower(text: string): string {
  // The one capital that becomes two characters is İ; Go takes the first.
  return mapCharacters(text, (char) => (char === "İ" ? "i" : char.toLowerCase()));
}

export function toUpper(text: string): string {
  return mapCharacters(text, (char) => char.toUpperCase());
}

function mapCharacters(text: string, map: (char: string) => string): string {
  let result = "";
  for (const char of text) {
    const mapped = map(char);
    result += [...mapped].length === 1 ? mapped : char;
  }
  return result;
}

const WORD_BREAKS = new Set(["_", " ", "-", "."]);
const isCap = (char: string) => char >= "A" && char <= "Z";
const isLow = (char: string) => char >= "a" && char <= "z";
const isDigit = (char: string) => char >= "0" && char <= "9";

/** `my_metric-name` → `MyMetricName`. Characters that are no letters and digits of ASCII go. */
export function toCamel(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "ID") return "Id";
  let result = "";
  let capNext = true;
  let wasCap = false;
  for (const char of trimmed) {
    const cap = isCap(char);
    if (cap || isLow(char)) {
      if (capNext) result += char.toUpperCase();
      else result += wasCap && cap ? char.toLowerCase() : char;
      capNext = false;
    } else if (isDigit(char)) {
      result += char;
      capNext = true;
    } else capNext = WORD_BREAKS.has(char);
    wasCap = cap;
  }
  return result;
}

/** `myMetric2Name` → `my_metric_2_name`. A run of capitals is one word. */
export function toSnake(text: string): string {
  const chars = [...text.trim()];
  let result = "";
  for (const [index, original] of chars.entries()) {
    const cap = isCap(original);
    const char = cap ? original.toLowerCase() : original;
    const low = isLow(original);
    const digit = isDigit(original);
    const next = chars[index + 1];
    if (next !== undefined) {
      const changes =
        (cap && (isLow(next) || isDigit(next))) ||
        (low && (isCap(next) || isDigit(next))) ||
        (digit && (isCap(next) || isLow(next)));
      if (changes) {
        const before = chars[index - 1];
        if (cap && isLow(next) && before !== undefined && isCap(before)) result += "_";
        result += char;
        if (low || digit || isDigit(next)) result += "_";
        continue;
      }
    }
    result += WORD_BREAKS.has(char) ? "_" : char;
  }
  return result;
}
