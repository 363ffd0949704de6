import type { ConfigProblem } from "./config-error.js";
import { formatPath, type Located, type Path, placeAt } from "./located.js";
import { suggest } from "./suggest.js";

/** Options whose value is the id of an extension: the block that they stand in, their key, and what it is there for. */
const REFERENCES = [
  { block: "auth", key: "authenticator", what: "authenticator" },
  { block: "sending_queue", key: "storage", what: "storage extension" },
] as const;

/**
 * Every `auth: { authenticator: id }` and `sending_queue: { storage: id }` of a receiver or an exporter must name an
 * extension that the service starts.
 */
export function checkExtensionReferences(
  root: Located,
  extensions: readonly string[],
  problems: ConfigProblem[],
): void {
  for (const block of ["receivers", "exporters"]) {
    const located = root.kind === "mapping" ? root.entries.get(block)?.value : undefined;
    if (located !== undefined) walk(located, [block]);
  }

  function walk(located: Located, path: Path): void {
    if (located.kind === "sequence") for (const [index, item] of located.items.entries()) walk(item, [...path, index]);
    if (located.kind !== "mapping") return;
    for (const [key, { value }] of located.entries) {
      const reference = REFERENCES.find(({ block }) => block === key);
      if (reference !== undefined && value.kind === "mapping") check(value, reference, [...path, key]);
      else walk(value, [...path, key]);
    }
  }

  function check(
    block: Located & { readonly kind: "mapping" },
    { key, what }: (typeof REFERENCES)[number],
    path: Path,
  ): void {
    const named = block.entries.get(key)?.value;
    if (named?.kind !== "scalar" || named.value === null || extensions.includes(named.text)) return;
    const at = [...path, key];
    const suggestion = suggest(named.text, extensions);
    problems.push({
      place: placeAt(root, at),
      path: formatPath(at),
      message: `references ${what} "${named.text}" which is not listed in service::extensions`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
