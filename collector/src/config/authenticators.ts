import type { ConfigProblem } from "./config-error.js";
import { formatPath, type Located, type Path, placeAt } from "./located.js";
import { suggest } from "./suggest.js";

/** Every `auth: { authenticator: id }` of a receiver or an exporter must name an extension that the service starts. */
export function checkAuthenticators(root: Located, extensions: readonly string[], problems: ConfigProblem[]): void {
  for (const block of ["receivers", "exporters"]) {
    const located = root.kind === "mapping" ? root.entries.get(block)?.value : undefined;
    if (located !== undefined) walk(located, [block]);
  }

  function walk(located: Located, path: Path): void {
    if (located.kind === "sequence") for (const [index, item] of located.items.entries()) walk(item, [...path, index]);
    if (located.kind !== "mapping") return;
    for (const [key, { value }] of located.entries) {
      if (key === "auth" && value.kind === "mapping") check(value, [...path, key]);
      else walk(value, [...path, key]);
    }
  }

  function check(auth: Located & { readonly kind: "mapping" }, path: Path): void {
    const named = auth.entries.get("authenticator")?.value;
    if (named?.kind !== "scalar" || extensions.includes(named.text)) return;
    const at = [...path, "authenticator"];
    const suggestion = suggest(named.text, extensions);
    problems.push({
      place: placeAt(root, at),
      path: formatPath(at),
      message: `references authenticator "${named.text}" which is not listed in service::extensions`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
