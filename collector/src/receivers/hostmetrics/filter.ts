import { RE2JS } from "re2js";
import { type ZodType, z } from "zod";

const matchType = z.enum(["strict", "regexp"]);
const names = z.array(z.string());

/** `match_type: strict` or `regexp` with a list of names under `key`; upstream's filterset. */
export function matchSchema(key: string): ZodType<Match | undefined> {
  const shape: Record<string, ZodType> = {
    match_type: matchType,
    regexp: z
      .strictObject({ cacheenabled: z.boolean().optional(), cachemaxnumentries: z.int().min(0).optional() })
      .optional(),
    [key]: names,
  };
  return z
    .strictObject(shape)
    .transform((config, context): Match => {
      const type = matchType.parse(config.match_type);
      const list = names.parse(config[key]);
      for (const pattern of type === "regexp" ? list : []) {
        if (compile(pattern) === undefined) context.addIssue(`"${pattern}" is not a regular expression`);
      }
      return { matches: matcher(type, list) };
    })
    .optional();
}

export interface Match {
  readonly matches: (name: string) => boolean;
}

/** Whether a name is wanted: included, when there is such a list, and not excluded. */
export function isWanted(name: string, include: Match | undefined, exclude: Match | undefined): boolean {
  return (include?.matches(name) ?? true) && !(exclude?.matches(name) ?? false);
}

function matcher(type: "strict" | "regexp", list: readonly string[]): Match["matches"] {
  if (type === "strict") {
    const known = new Set(list);
    return (name) => known.has(name);
  }
  const patterns = list.flatMap((name) => compile(name) ?? []);
  return (name) => patterns.some((pattern) => pattern.matcher(name).find());
}

/** Go's syntax, in time linear in the name. Undefined for what is no pattern. */
function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}
