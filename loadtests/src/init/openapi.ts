import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { LoadTestError, reasonOf } from "../load-test-error.js";
import type { Route } from "./route.js";
import { type JsonObject, sampleOf } from "./schema-sample.js";

const methods = ["get", "head", "options", "post", "put", "patch", "delete"];

/**
 * The routes of an OpenAPI 3 document, JSON or YAML, with example values where it has them.
 * @throws LoadTestError when it cannot be read or is not one
 */
export async function openApiRoutes(file: string): Promise<Route[]> {
  let document: unknown;
  try {
    document = parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new LoadTestError(`cannot read ${file}: ${reasonOf(error).split("\n", 1)[0]}`, { cause: error });
  }
  const root = asObject(document);
  if (typeof root.openapi !== "string" || !root.openapi.startsWith("3")) {
    throw new LoadTestError(`${file} is not an OpenAPI 3 document (it has no "openapi: 3…")`);
  }
  const base = new URL(String(asObject(asArray(root.servers)[0]).url ?? "/"), "http://localhost").pathname;
  return Object.entries(asObject(root.paths)).flatMap(([template, item]) => {
    const path = asObject(item);
    return methods.flatMap((method) => {
      if (path[method] === undefined) return [];
      return [routeOf(root, base.replace(/\/+$/, ""), template, method, path)];
    });
  });
}

function routeOf(root: JsonObject, base: string, template: string, method: string, path: JsonObject): Route {
  const operation = asObject(path[method]);
  const parameters = [...asArray(path.parameters), ...asArray(operation.parameters)].map((one) => resolve(root, one));
  const filled = template.replace(/\{([^}]*)\}/g, (_whole, name: string) => {
    const parameter = parameters.find((one) => one.in === "path" && one.name === name) ?? {};
    return encodeURIComponent(String(exampleOf(root, parameter) ?? "1"));
  });
  const query = parameters
    .filter((one) => one.in === "query" && one.required === true)
    .map((one) => `${encodeURIComponent(String(one.name))}=${encodeURIComponent(String(exampleOf(root, one)))}`);
  const body = bodyOf(root, operation);
  return {
    method: method.toUpperCase(),
    template: base + template,
    path: base + filled + (query.length === 0 ? "" : `?${query.join("&")}`),
    weight: 1,
    ...(body === undefined ? {} : { body }),
  };
}

function bodyOf(root: JsonObject, operation: JsonObject): unknown {
  const content = asObject(asObject(resolve(root, operation.requestBody)).content);
  const json = Object.entries(content).find(([type]) => /^application\/(.*\+)?json/.test(type));
  return json === undefined ? undefined : exampleOf(root, asObject(json[1]));
}

/** An example, else what the schema allows. */
function exampleOf(root: JsonObject, holder: JsonObject): unknown {
  if (holder.example !== undefined) return holder.example;
  const [named] = Object.values(asObject(holder.examples));
  const example = asObject(resolve(root, named)).value;
  return example ?? sampleOf(holder.schema, (one) => resolve(root, one));
}

/** Follows `$ref` within the document; a reference to elsewhere is nothing. */
function resolve(root: JsonObject, value: unknown): JsonObject {
  let found = asObject(value);
  for (let hops = 0; typeof found.$ref === "string" && hops < 20; hops++) {
    if (!found.$ref.startsWith("#/")) return {};
    const names = found.$ref.slice(2).split("/");
    let target: unknown = root;
    for (const name of names) target = asObject(target)[name.replaceAll("~1", "/").replaceAll("~0", "~")];
    found = asObject(target);
  }
  return found;
}

function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
