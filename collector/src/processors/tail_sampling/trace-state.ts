const MEMBERS_MAX = 32;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const SIMPLE_KEY = /^[a-z][a-z0-9_\-*/]{0,255}$/;
const TENANT_KEY = /^[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13}$/;

/** The value of one member of a W3C `tracestate`; undefined when it has none, or when the whole is malformed. */
export function traceStateValue(text: string, wanted: string): string | undefined {
  const seen = new Set<string>();
  let result: string | undefined;
  for (const member of text.split(",")) {
    if (member === "") continue;
    const equals = member.indexOf("=");
    if (equals < 0) return undefined;
    const key = member.slice(0, equals).replace(/^[ \t]+/, "");
    const value = member.slice(equals + 1).replace(/[ \t]+$/, "");
    if (!(SIMPLE_KEY.test(key) || TENANT_KEY.test(key)) || !VALUE.test(value) || seen.has(key)) return undefined;
    seen.add(key);
    if (seen.size > MEMBERS_MAX) return undefined;
    if (key === wanted) result = value;
  }
  return result;
}
