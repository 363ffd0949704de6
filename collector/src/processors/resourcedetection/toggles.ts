import { type ZodType, z } from "zod";
import { section } from "../../config/schema-types.js";

/** Which attributes are wanted. */
export type Toggles<Defaults> = Readonly<Record<keyof Defaults, { readonly enabled: boolean }>>;

/** @param defaults Name of an attribute → whether it is there unless the configuration says otherwise. */
export function togglesSchema<Defaults extends Readonly<Record<string, boolean>>>(
  defaults: Defaults,
): ZodType<Toggles<Defaults>> {
  const shape = Object.fromEntries(
    Object.entries(defaults).map(([name, enabled]) => [
      name,
      section(z.strictObject({ enabled: z.boolean().default(enabled) })).prefault({}),
    ]),
  );
  return section(z.strictObject(shape)).prefault({}) as unknown as ZodType<Toggles<Defaults>>;
}
