import { expect, test } from "vitest";
import { parseSizeBytes } from "./size.js";

const cases: [text: string, bytes: number][] = [
  ["500MiB", 524_288_000],
  ["2GB", 2e9],
  ["1.5GiB", 1_610_612_736],
];
test.each(cases)("%s", (text, bytes) => expect(parseSizeBytes(text, "--max-size")).toBe(bytes));

test.each(["", "5", "0MB", "-1GB", "5 GB", "5TB"])('"%s" is refused with an example', (text) => {
  expect(() => parseSizeBytes(text, "--max-size")).toThrow(
    `cannot use --max-size "${text}": write a size such as 500MiB`,
  );
});
