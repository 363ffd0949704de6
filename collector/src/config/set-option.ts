import type { ConfigProblem } from "./config-error.js";
import type { Located, LocatedEntry, Place } from "./located.js";
import { parseYaml } from "./parse-yaml.js";

/** Reads one `--set a::b=c` or `--set a.b=c`; the value is YAML. Undefined, and a problem, when it has no such form. */
export function parseSetOption(option: string, problems: ConfigProblem[]): Located | undefined {
  const place: Place = { source: `--set ${option}`, line: 0, column: 0 };
  const equals = option.indexOf("=");
  const keyText = option.slice(0, Math.max(equals, 0)).trim();
  const steps = keyText.includes("::") ? keyText.split("::") : keyText.split(".");
  if (equals <= 0 || steps.some((step) => step === "")) {
    problems.push({ place, path: "", message: "cannot read option: write it as path::to::key=value" });
    return undefined;
  }
  const parsed = parseYaml(place.source, option.slice(equals + 1), problems);
  if (parsed === undefined) return undefined;
  // An empty value is a null, not an empty mapping.
  const value: Located =
    option.slice(equals + 1).trim() === ""
      ? { kind: "scalar", value: null, text: "", expanded: false, place }
      : withPlace(parsed, place);
  return steps.reduceRight<Located>(
    (inner, step) => ({ kind: "mapping", place, entries: new Map([[step, { keyPlace: place, value: inner }]]) }),
    value,
  );
}

function withPlace(located: Located, place: Place): Located {
  if (located.kind === "scalar") return { ...located, place };
  if (located.kind === "sequence") return { ...located, place, items: located.items.map((i) => withPlace(i, place)) };
  const entries = new Map<string, LocatedEntry>();
  for (const [key, entry] of located.entries) {
    entries.set(key, { keyPlace: place, value: withPlace(entry.value, place) });
  }
  return { ...located, place, entries };
}
