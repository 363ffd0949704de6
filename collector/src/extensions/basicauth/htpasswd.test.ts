import { expect, test } from "vitest";
import { Htpasswd } from "./htpasswd.js";

// Written by `openssl passwd` and by Apache's htpasswd format; "secret word" has a space on purpose.
const FORMS: readonly (readonly [form: string, password: string, encoded: string])[] = [
  ["plain", "secret", "secret"],
  ["apr1", "secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"],
  ["md5", "secret", "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1"],
  ["sha256", "secret word", "$5$saltstring$zb4G.bJf1lQW1ZYWTH/6MLALsKTtlN7w/dLPCIegUaC"],
  [
    "sha512",
    "secret word",
    "$6$saltstring$U3owk.A3em1YhhL4.d5htGURGQiw9vbrHyYJW1QDaEVWqcTDbTnt2gGIuyWd4HdCTnzrO1SBtVpzC9Xtohtr.0",
  ],
  // The vectors of the algorithm's description, with rounds of their own and a salt that is cut.
  ["sha256, rounds", "Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"],
  [
    "sha512, rounds",
    "Hello world!",
    "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
  ],
  ["sha1", "secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="],
  ["bcrypt", "secret", "$2b$04$165kWnvCkYjts8uQ9ttWCuGoAwvesDoDxGy5Pss9jBAoncYSc8NG."],
  ["bcrypt of Apache", "secret", "$2y$04$165kWnvCkYjts8uQ9ttWCuGoAwvesDoDxGy5Pss9jBAoncYSc8NG."],
];

test.each(FORMS)("%s", (_form, password, encoded) => {
  const users = new Htpasswd(`me:${encoded}\n`, () => expect.unreachable());
  expect(users.matches("me", password)).toBe(true);
  for (const wrong of ["", `${password}x`, encoded === password ? "no" : encoded]) {
    expect(users.matches("me", wrong)).toBe(false);
  }
  expect(users.matches("you", password)).toBe(false);
});

test("malformed lines are left out and named by number, never by text", () => {
  const bad: [number, string][] = [];
  const users = new Htpasswd("# a:b:c\nnonsense\n\nx:$apr1$cut\ny:$2b$04$cut\nz:{SSHA}AAAA\na:1\na:2", (line, why) =>
    bad.push([line, why]),
  );
  expect(bad).toEqual([
    [2, "no colon"],
    [4, "a malformed hash"],
    [5, "a malformed hash"],
    [6, "a malformed hash"],
  ]);
  expect([users.matches("a", "1"), users.matches("a", "2")]).toEqual([false, true]);
});
