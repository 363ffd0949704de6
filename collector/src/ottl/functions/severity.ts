import type { EditMap } from "@venturi/otlp";
import { isList, isMap, OttlError, typeName, type Value } from "../values.js";

interface Criterion {
  readonly equals: readonly string[];
  readonly range: { readonly min: bigint; readonly max: bigint } | undefined;
}

/** From `{"info": [{"equals": ["inf"]}, {"range": {"min": 200, "max": 299}}]}` to the level of a value. @throws OttlError */
export function severityOf(mapping: EditMap): (value: Value) => string {
  const levels = [...mapping.entries()].map(([level, criteria]): [string, Criterion[]] => {
    if (!isList(criteria)) throw new OttlError("severity mapping criteria must be lists");
    return [level, criteria.map(criterionOf)];
  });
  return (value) => {
    if (typeof value !== "string" && typeof value !== "bigint") {
      throw new OttlError(`could not map log level: unsupported value type: ${typeName(value)}`);
    }
    const found = levels.find(([, criteria]) => criteria.some((criterion) => matches(criterion, value)));
    if (found === undefined) throw new OttlError(`no matching log level found for value '${value}'`);
    return found[0];
  };
}

function matches({ equals, range }: Criterion, value: string | bigint): boolean {
  if (typeof value === "string") return equals.includes(value);
  return range !== undefined && value >= range.min && value <= range.max;
}

function criterionOf(criterion: Value): Criterion {
  if (!isMap(criterion)) throw new OttlError("severity mapping criteria items must be maps");
  const equals = criterion.get("equals") ?? [];
  if (!Array.isArray(equals) || !equals.every((item) => typeof item === "string")) {
    throw new OttlError("equals must be a list of strings");
  }
  return { equals, range: rangeOf(criterion.get("range")) };
}

function rangeOf(range: Value | undefined): Criterion["range"] {
  if (range === undefined) return undefined;
  if (typeof range === "string") {
    const [, hundred] = /^([2345])xx$/.exec(range) ?? [];
    if (hundred === undefined) throw new OttlError(`unknown range placeholder: ${range}`);
    const min = BigInt(hundred) * 100n;
    return { min, max: min + 99n };
  }
  if (!isMap(range)) throw new OttlError("range must be a map or a known placeholder string");
  const min = range.get("min");
  const max = range.get("max");
  if (typeof min !== "bigint" || typeof max !== "bigint") throw new OttlError("range must have integers min and max");
  return { min, max };
}
