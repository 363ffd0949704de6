import { z } from "zod";

/** What a schema says about an option. */
export interface OptionEntry {
  /** Why it is refused by name; absent when it is accepted. */
  readonly unsupported?: string;
  /** Takes anything below, so that no path of it is unknown. */
  readonly isOpen: boolean;
}

/** Steps of a path: schemas that contain themselves end somewhere. */
const DEEPEST = 12;

/** The options of a schema by path: `tls.cert_file`, `dimensions[].name`, `headers.*`, `metrics."system.cpu.time".enabled`. */
export function optionsOf(schema: z.core.$ZodType): ReadonlyMap<string, OptionEntry> {
  const options = new Map<string, OptionEntry>();
  visit(schema, "", options, 0);
  return options;
}

function visit(schema: z.core.$ZodType, path: string, options: Map<string, OptionEntry>, depth: number): void {
  if (depth > DEEPEST) return;
  const reason = z.globalRegistry.get(schema as z.ZodType)?.unsupported;
  if (typeof reason === "string") {
    note(options, path, { unsupported: reason, isOpen: false });
    return;
  }
  const def = schema._zod.def as z.core.$ZodTypes["_zod"]["def"];
  const inward = (inner: z.core.$ZodType, step = ""): void =>
    visit(inner, `${path}${step}`, options, depth + (step === "" ? 0 : 1));
  switch (def.type) {
    case "object":
      note(options, path, { isOpen: false });
      for (const [key, inner] of Object.entries(def.shape)) {
        const step = key.includes(".") ? `"${key}"` : key;
        inward(inner, path === "" ? step : `.${step}`);
      }
      return;
    case "array":
      note(options, path, { isOpen: false });
      inward(def.element, "[]");
      return;
    case "record":
      note(options, path, { isOpen: isOpen(def.valueType) });
      inward(def.valueType, ".*");
      return;
    case "union":
      for (const option of def.options) inward(option);
      return;
    case "intersection":
      inward(def.left);
      inward(def.right);
      return;
    case "lazy":
      inward(def.getter());
      return;
    case "pipe":
      // What is written down is the input, unless a transform in front prepares it.
      inward(def.in._zod.def.type === "transform" ? def.out : def.in);
      return;
    default:
      if ("innerType" in def) inward(def.innerType as z.core.$ZodType);
      else note(options, path, { isOpen: isOpen(schema) });
  }
}

function isOpen(schema: z.core.$ZodType): boolean {
  const { type } = schema._zod.def;
  return type === "unknown" || type === "any" || type === "custom";
}

/** The first that takes it counts: of the forms of a union one is enough. */
function note(options: Map<string, OptionEntry>, path: string, entry: OptionEntry): void {
  const before = options.get(path);
  if (before === undefined || (before.unsupported !== undefined && entry.unsupported === undefined)) {
    options.set(path, entry);
  } else if (entry.isOpen) options.set(path, entry);
}

/** Whether an option of upstream is accepted: undefined, or why it is not. */
export function whyNot(path: string, options: ReadonlyMap<string, OptionEntry>): string | undefined {
  const exact = options.get(path);
  if (exact !== undefined) return exact.unsupported;
  for (let parent = parentOf(path); parent !== undefined; parent = parentOf(parent)) {
    const found = options.get(parent);
    if (found === undefined) continue;
    if (found.unsupported !== undefined) return found.unsupported;
    return found.isOpen ? undefined : "unknown";
  }
  return "unknown";
}

/** The block in which an option is. */
export function parentOf(path: string): string | undefined {
  if (path.endsWith("[]")) return path.slice(0, -2);
  const cut = /^(.*?)\.?("[^"]*"|[^."[\]]+)$/.exec(path);
  return cut === null || cut[1] === "" ? undefined : cut[1];
}
