import { createHash } from "node:crypto";
import type { MatchedGroups } from "./anchored-regexp.js";
import type { RelabelConfig } from "./relabel-config.js";

export type Labels = Map<string, string>;

/** Applies Prometheus' relabelling rules in order. Undefined when a rule drops the target or sample. Changes `labels`. */
export function relabel(labels: Labels, rules: readonly RelabelConfig[]): Labels | undefined {
  for (const rule of rules) if (!apply(labels, rule)) return undefined;
  return labels;
}

/** False: dropped. */
function apply(labels: Labels, rule: RelabelConfig): boolean {
  const value = rule.source_labels.map((name) => labels.get(name) ?? "").join(rule.separator);
  switch (rule.action) {
    case "keep":
      return rule.regex.test(value);
    case "drop":
      return !rule.regex.test(value);
    case "keepequal":
      return (labels.get(rule.target_label) ?? "") === value;
    case "dropequal":
      return (labels.get(rule.target_label) ?? "") !== value;
    case "replace":
      replace(labels, rule, value);
      return true;
    case "lowercase":
      set(labels, rule.target_label, value.toLowerCase());
      return true;
    case "uppercase":
      set(labels, rule.target_label, value.toUpperCase());
      return true;
    case "hashmod":
      set(labels, rule.target_label, String(hashMod(value, rule.modulus)));
      return true;
    case "labelmap":
      for (const [name, text] of [...labels]) {
        const match = rule.regex.match(name);
        if (match !== undefined) set(labels, substitute(rule.replacement, match), text);
      }
      return true;
    case "labeldrop":
    case "labelkeep": {
      const drops = rule.action === "labeldrop";
      for (const name of [...labels.keys()]) if (rule.regex.test(name) === drops) labels.delete(name);
      return true;
    }
  }
}

function replace(labels: Labels, rule: RelabelConfig, value: string): void {
  const match = rule.regex.match(value);
  if (match === undefined) return;
  const name = substitute(rule.target_label, match);
  if (name !== "") set(labels, name, substitute(rule.replacement, match));
}

/** A label without a value is no label. */
function set(labels: Labels, name: string, value: string): void {
  if (value === "") labels.delete(name);
  else labels.set(name, value);
}

/** `$1`, `${1}`, `${name}` and `$$`, as Go's Regexp.Expand. */
function substitute(template: string, match: MatchedGroups): string {
  return template.replaceAll(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (whole, plain: string | undefined, braced: string | undefined) => {
      const name = plain ?? braced;
      if (name === undefined) return whole === "$$" ? "$" : whole;
      return /^\d+$/.test(name) ? (match.numbered[Number(name)] ?? "") : (match.named[name] ?? "");
    },
  );
}

/** The low 64 bits of MD5, as Prometheus shards. */
function hashMod(value: string, modulus: number): bigint {
  const digest = createHash("md5").update(value).digest();
  return modulus === 0 ? 0n : digest.readBigUInt64BE(8) % BigInt(modulus);
}
