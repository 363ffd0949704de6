import type { z } from "zod";

/** The keys that a schema knows at a path, for "did you mean". Empty where it takes any key. */
export function keysAt(schema: z.core.$ZodType, path: readonly (string | number)[]): string[] {
  let at: z.core.$ZodType | undefined = unwrap(schema);
  for (const step of path) at = at === undefined ? undefined : unwrap(child(at, step));
  const def = at?._zod.def as z.core.$ZodObjectDef | undefined;
  return def?.type === "object" ? Object.keys(def.shape) : [];
}

function child(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  const def = schema._zod.def as z.core.$ZodTypes["_zod"]["def"];
  if (def.type === "object") return def.shape[step];
  if (def.type === "record") return def.valueType;
  if (def.type === "array") return def.element;
  return undefined;
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let at = schema;
  while (at !== undefined) {
    const def = at._zod.def as z.core.$ZodTypes["_zod"]["def"];
    if (def.type === "pipe") {
      const inner: z.core.$ZodType = def.in._zod.def.type === "transform" ? def.out : def.in;
      at = inner;
    } else if (def.type === "union") {
      // Only the form that is a block has keys.
      const block = def.options.find(
        (option) => (option._zod.def as z.core.$ZodTypes["_zod"]["def"]).type === "object",
      );
      if (block === undefined) return at;
      at = block;
    } else if ("innerType" in def) at = def.innerType as z.core.$ZodType;
    else return at;
  }
  return at;
}
