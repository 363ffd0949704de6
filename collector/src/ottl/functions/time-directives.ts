import { OttlError } from "../values.js";

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Directives that stand for several. */
const COMPOSED: Readonly<Record<string, string>> = {
  D: "%m/%d/%Y",
  x: "%m/%d/%Y",
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  X: "%H:%M:%S",
  r: "%I:%M:%S %P",
  R: "%H:%M",
  c: "%a %b %d %H:%M:%S %Y",
};

const LITERALS: Readonly<Record<string, string>> = { n: "\n", t: "\t", "%": "%" };

const NUMBER = " *\\d{1,2}";

/** How a directive looks in a text that is read: numbers may lack their zeros and have spaces in front. */
export const PATTERNS: Readonly<Record<string, string>> = {
  Y: " *\\d{4}",
  y: " *\\d{2}",
  m: NUMBER,
  o: NUMBER,
  q: NUMBER,
  b: "[A-Za-z]{3}",
  h: "[A-Za-z]{3}",
  B: MONTHS.join("|"),
  d: NUMBER,
  e: NUMBER,
  g: NUMBER,
  a: "[A-Za-z]{3}",
  A: DAYS.join("|"),
  H: NUMBER,
  I: NUMBER,
  l: NUMBER,
  p: "AM|PM",
  P: "am|pm",
  M: NUMBER,
  // A fraction may follow although the format has none.
  S: `${NUMBER}(?:[.,]\\d+)?`,
  L: "\\d*",
  f: "\\d*",
  s: "\\d*",
  z: "Z|[-+]\\d{2}(?::?\\d{2})?",
  Z: "[A-Z]{3,5}|[-+]\\d{2}",
  i: "[-+]\\d{2}",
  j: "[-+]\\d{2}:\\d{2}",
  k: "[-+]\\d{2}:\\d{2}:\\d{2}",
  w: "[-+]\\d{6}",
};

export type Piece = { readonly directive: string } | { readonly text: string };

/** Splits a format into directives and texts. @throws OttlError */
export function pieces(format: string): Piece[] {
  if (/[^.,]%[Lfs]/.test(format) || /^%[Lfs]/.test(format)) {
    throw new OttlError(
      `invalid format ${JSON.stringify(format)}: a fraction of seconds must be preceded by "." or ","`,
    );
  }
  if (/\d/.test(format)) throw new OttlError(`invalid format ${JSON.stringify(format)}: it contains digits`);
  const result: Piece[] = [];
  for (const [whole, letter] of format.matchAll(/%([\s\S])|[^%]+|%$/g)) {
    if (letter === undefined) result.push({ text: whole });
    else if (COMPOSED[letter] !== undefined) result.push(...pieces(COMPOSED[letter] as string));
    else if (LITERALS[letter] !== undefined) result.push({ text: LITERALS[letter] as string });
    else if (PATTERNS[letter] !== undefined) result.push({ directive: letter });
    else throw new OttlError(`invalid format ${JSON.stringify(format)}: unsupported directive ${whole}`);
  }
  return result;
}
