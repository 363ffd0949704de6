import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { ConfigProblem } from "./config-error.js";
import { emptyMapping, type Located, type LocatedEntry, merge, type Place } from "./located.js";

/** `100_000` is a number for Go's YAML, and stands in READMEs of the Collector; YAML 1.2 has no such numbers. */
function grouped(node: Scalar): number | undefined {
  const isNumber = node.type === "PLAIN" && /^[-+]?\d+(_\d+)+$/.test(node.source ?? "");
  return isNumber ? Number(node.source?.replaceAll("_", "")) : undefined;
}

/** Reads YAML into a tree that knows its positions. Problems are appended; undefined when nothing could be read. */
export function parseYaml(source: string, text: string, problems: ConfigProblem[]): Located | undefined {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, intAsBigInt: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { source, line, column: col };
  };
  for (const error of document.errors) {
    problems.push({ place: placeOf(error.pos[0]), path: "", message: `cannot read YAML: ${error.message}` });
  }
  if (document.errors.length > 0) return undefined;

  const convert = (node: Node | null | undefined, fallback: Place): Located => {
    const place = node?.range ? placeOf(node.range[0]) : fallback;
    if (isAlias(node)) return convert(node.resolve(document), place);
    if (isMap(node)) return convertMap(node, place);
    if (isSeq(node)) return { kind: "sequence", items: node.items.map((item) => convert(item as Node, place)), place };
    if (isScalar(node)) {
      const value = grouped(node) ?? (node.value as string | number | boolean | null);
      return { kind: "scalar", value, text: node.source ?? String(value ?? ""), expanded: false, place };
    }
    return { kind: "scalar", value: null, text: "", expanded: false, place };
  };
  const convertMap = (node: YAMLMap, place: Place): Located => {
    const entries = new Map<string, LocatedEntry>();
    let merged: Located | undefined;
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null;
      const keyPlace = keyNode?.range ? placeOf(keyNode.range[0]) : place;
      const key = isScalar(keyNode) ? (keyNode.source ?? String(keyNode.value)) : String(keyNode);
      const value = convert(pair.value as Node | null, keyPlace);
      if (key === "<<" && value.kind === "mapping") merged = value;
      else entries.set(key, { keyPlace, value });
    }
    const own: Located = { kind: "mapping", entries, place };
    return merged === undefined ? own : merge(merged, own);
  };

  const start: Place = { source, line: 1, column: 1 };
  if (document.contents === null) return emptyMapping(start);
  return convert(document.contents, start);
}
