import { InvalidArgumentError } from "commander";

/** Parsers of numbers on the command line; what they refuse is told by commander, with the option's name. */

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`give a whole number from ${least} on`);
    return value;
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("give a number above 0");
  return value;
}

/** @returns a share, 0…1 */
export function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 100)) {
    throw new InvalidArgumentError("give a number of percent from 0 to 100");
  }
  return value / 100;
}
