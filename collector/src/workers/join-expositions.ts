/**
 * Joins expositions in Prometheus text format whose series differ: families of the same name come together. Each must
 * announce a family (HELP, TYPE) before its samples, as our own metrics do.
 */
export function joinExpositions(texts: readonly string[]): string {
  const families = new Map<string, { readonly head: string[]; readonly samples: string[] }>();
  for (const text of texts) {
    let family: { readonly head: string[]; readonly samples: string[] } | undefined;
    let isNew = false;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const name = /^# (?:HELP|TYPE) (\S+)/.exec(line)?.[1];
      if (name === undefined) {
        family?.samples.push(line);
        continue;
      }
      const known = families.get(name);
      if (known === undefined) {
        family = { head: [line], samples: [] };
        families.set(name, family);
        isNew = true;
      } else if (known === family) {
        if (isNew) family.head.push(line);
      } else {
        family = known;
        isNew = false;
      }
    }
  }
  return [...families.values()].map(({ head, samples }) => `${[...head, ...samples].join("\n")}\n`).join("");
}
