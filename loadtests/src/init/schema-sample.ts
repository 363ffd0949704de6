export type JsonObject = Readonly<Record<string, unknown>>;

const depthMax = 8;

/**
 * A small value that a JSON schema allows, as far as types, enums, defaults, bounds and required properties say.
 * @param resolve follows `$ref`
 */
export function sampleOf(schema: unknown, resolve: (schema: unknown) => JsonObject, depth = 0): unknown {
  const found = resolve(schema);
  if (depth > depthMax) return null;
  const inner = (one: unknown): unknown => sampleOf(one, resolve, depth + 1);
  if (found.example !== undefined) return found.example;
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  for (const list of [found.enum, found.examples]) if (Array.isArray(list) && list.length > 0) return list[0];
  for (const list of [found.oneOf, found.anyOf]) if (Array.isArray(list) && list.length > 0) return inner(list[0]);
  if (Array.isArray(found.allOf)) return Object.assign({}, ...found.allOf.map(inner));
  switch (Array.isArray(found.type) ? found.type[0] : (found.type ?? (found.properties ? "object" : "string"))) {
    case "integer":
    case "number":
      return Number(found.minimum ?? found.exclusiveMinimum ?? 1);
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return Array.from({ length: Math.min(10, Math.max(1, Number(found.minItems ?? 1))) }, () => inner(found.items));
    case "object":
      return objectOf(found, inner);
    default:
      return textOf(found);
  }
}

/** With its required properties, or all when it names none. */
function objectOf(schema: JsonObject, inner: (schema: unknown) => unknown): JsonObject {
  const properties = Object.entries((schema.properties ?? {}) as JsonObject);
  const required = Array.isArray(schema.required) ? schema.required : properties.map(([name]) => name);
  return Object.fromEntries(
    properties.filter(([name]) => required.includes(name)).map(([name, one]) => [name, inner(one)]),
  );
}

function textOf({ format, minLength }: JsonObject): string {
  const samples: Readonly<Record<string, string>> = {
    date: "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    email: "user@example.com",
    uuid: "00000000-0000-4000-8000-000000000001",
    uri: "http://example.com/",
  };
  return samples[String(format)] ?? "text".padEnd(Math.min(1000, Number(minLength ?? 0)), "x");
}
