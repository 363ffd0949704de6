/**
 * A label name as it stands in a URL: `U__` and then every unusual character as `_<hex>_`, a double underscore for one.
 * The text itself when it is not of that form.
 */
export function unescapeLabelName(text: string): string {
  if (!text.startsWith("U__")) return text;
  const escaped = text.slice("U__".length);
  let name = "";
  for (let at = 0; at < escaped.length; ) {
    const underscore = escaped.indexOf("_", at);
    if (underscore < 0) return name + escaped.slice(at);
    name += escaped.slice(at, underscore);
    const match = /^_(?:_|([0-9a-f]{0,6})_)/i.exec(escaped.slice(underscore, underscore + 9));
    const code = Number.parseInt(match?.[1] ?? "", 16) || 0;
    if (match === null || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return text;
    name += match[1] === undefined ? "_" : String.fromCodePoint(code);
    at = underscore + match[0].length;
  }
  return name;
}
