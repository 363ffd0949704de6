import { RE2JS } from "re2js";
import type { Evaluate } from "../compiler.js";
import { OttlError } from "../values.js";
import type { Argument } from "./params.js";

/** Patterns that come out of the telemetry and not out of the configuration: how many are kept compiled. */
const KEPT_MAX = 100;

/** A regular expression with RE2's syntax and linear time: patterns may come from anywhere. */
export class Pattern {
  private readonly re: RE2JS;
  /** Names of the groups, by number from 1; undefined for those without. */
  readonly groupNames: readonly (string | undefined)[];

  /** @throws OttlError */
  constructor(text: string) {
    try {
      this.re = RE2JS.compile(text);
    } catch (error) {
      throw new OttlError(`invalid regular expression ${JSON.stringify(text)}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const names: (string | undefined)[] = new Array(this.re.groupCount() + 1).fill(undefined);
    for (const [name, index] of Object.entries(this.re.namedGroups())) names[index] = name;
    this.groupNames = names;
  }

  test(text: string): boolean {
    return this.re.test(text);
  }

  /** The texts of the groups of the first match; undefined: no match. */
  groups(text: string): (string | null)[] | undefined {
    const matcher = this.re.matcher(text);
    if (!matcher.find()) return undefined;
    return Array.from(this.groupNames, (_, index) => matcher.group(index));
  }

  /**
   * Replaces each match by `template` with its references filled in (`$1`, `${name}`, `$$`), and then by what `apply`
   * makes of that.
   */
  replace(text: string, template: string, apply: (filled: string) => string): string {
    const matcher = this.re.matcher(text);
    let result = "";
    let end = 0;
    while (matcher.find()) {
      const filled = template.includes("$") ? this.fill(template, (index) => matcher.group(index) ?? "") : template;
      result += text.slice(end, matcher.start()) + apply(filled);
      end = matcher.end();
    }
    return result + text.slice(end);
  }

  private fill(template: string, group: (index: number) => string): string {
    return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar, braced, bare) => {
      if (dollar !== undefined) return "$";
      const name = (braced ?? bare) as string;
      const index = /^\d+$/.test(name) ? Number(name) : this.groupNames.indexOf(name);
      return index >= 0 && index < this.groupNames.length ? group(index) : "";
    });
  }
}

/** The pattern of an argument: compiled once when it is a constant. @throws OttlError when that is invalid. */
export function patternOf(argument: Argument<string>): Evaluate<Pattern> {
  if (argument.constant !== undefined) {
    const pattern = new Pattern(argument.constant);
    return () => pattern;
  }
  const kept = new Map<string, Pattern>();
  return (context) => {
    const text = argument.get(context);
    let pattern = kept.get(text);
    if (pattern === undefined) {
      pattern = new Pattern(text);
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(text, pattern);
    }
    return pattern;
  };
}
