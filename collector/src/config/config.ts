import type { Signal } from "@venturi/otlp";
import type { Factory } from "../component.js";
import { checkSchema } from "./check-schema.js";
import { type ComponentId, type ComponentKind, parseId } from "./component-id.js";
import { ConfigError, type ConfigProblem } from "./config-error.js";
import { expand } from "./expand.js";
import { checkExtensionReferences } from "./extension-references.js";
import { formatPath, type Located, merge, type Path, placeAt, toPlain, valueAt } from "./located.js";
import { parseYaml } from "./parse-yaml.js";
import { checkPipelines } from "./pipelines.js";
import { serviceSchema, type TelemetryConfig } from "./service-schema.js";
import { parseSetOption } from "./set-option.js";
import { type ConfigSource, readSource } from "./source.js";
import { suggest } from "./suggest.js";

export interface ConfiguredComponent {
  readonly id: ComponentId;
  readonly factory: Factory;
  readonly config: unknown;
  /** As written, with every reference expanded: whether a reload changed it. */
  readonly written: unknown;
}

export interface PipelineConfig {
  /** `traces`, `metrics/2`. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

export interface CollectorConfig {
  /** By kind, then by id as written. */
  readonly components: Readonly<Record<ComponentKind, ReadonlyMap<string, ConfiguredComponent>>>;
  readonly pipelines: readonly PipelineConfig[];
  readonly extensions: readonly string[];
  readonly telemetry: TelemetryConfig;
  /** Receivers that are configured and not run: another worker runs them. */
  readonly idleReceivers: ReadonlySet<string>;
  readonly warnings: readonly string[];
}

export interface ConfigInput {
  readonly configs: readonly ConfigSource[];
  readonly set?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The top-level blocks that hold components. */
export const BLOCKS: Readonly<Record<ComponentKind, string>> = {
  receiver: "receivers",
  processor: "processors",
  connector: "connectors",
  exporter: "exporters",
  extension: "extensions",
};
export const KINDS = Object.keys(BLOCKS) as readonly ComponentKind[];

/**
 * Reads, merges, expands and validates configurations.
 * @throws ConfigError with every problem.
 */
export async function loadConfig(input: ConfigInput, factories: readonly Factory[]): Promise<CollectorConfig> {
  const warnings: string[] = [];
  const problems: ConfigProblem[] = [];
  const root = await resolveConfig(input, problems, warnings);
  checkTopLevel(root, problems);
  const components = {} as Record<ComponentKind, Map<string, ConfiguredComponent>>;
  for (const kind of KINDS) components[kind] = readComponents(kind, root, factories, problems);
  const service = checkSchema(serviceSchema, root, ["service"], problems);
  const pipelines = service === undefined ? [] : checkPipelines(service.config, root, components, problems);
  if (service !== undefined) checkExtensionReferences(root, service.config.extensions, problems);
  if (service === undefined || problems.length > 0) throw new ConfigError(sortByPlace(problems));
  return {
    components,
    pipelines,
    extensions: service.config.extensions,
    telemetry: service.config.telemetry,
    idleReceivers: new Set(),
    warnings,
  };
}

/**
 * What the sources say together: merged, and every reference expanded.
 * @throws ConfigError when that is no configuration; problems that leave one are appended.
 */
export async function resolveConfig(
  input: ConfigInput,
  problems: ConfigProblem[] = [],
  warnings: string[] = [],
): Promise<Located> {
  const root = await readTree(input, problems, warnings);
  if (root?.kind === "mapping") return root;
  if (problems.length === 0) {
    const message = "expected a mapping with receivers, exporters and service";
    problems.push({ place: root?.place, path: "", message });
  }
  throw new ConfigError(problems);
}

async function readTree(
  input: ConfigInput,
  problems: ConfigProblem[],
  warnings: string[],
): Promise<Located | undefined> {
  let root: Located | undefined;
  for (const source of input.configs) {
    const located = await readOne(source, input.env, problems);
    if (located !== undefined) root = merge(root, located);
  }
  for (const option of input.set ?? []) {
    const located = parseSetOption(option, problems);
    if (located !== undefined) root = merge(root, located);
  }
  if (problems.length > 0 || root === undefined) return undefined;
  const expanded = expand(root, { env: input.env, problems, warnings });
  return expanded;
}

/** A source that cannot be read is a problem among others. */
async function readOne(
  source: ConfigSource,
  env: NodeJS.ProcessEnv,
  problems: ConfigProblem[],
): Promise<Located | undefined> {
  try {
    const { name, text } = await readSource(source, env);
    return parseYaml(name, text, problems);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function checkTopLevel(root: Located, problems: ConfigProblem[]): void {
  if (root.kind !== "mapping") return;
  const known = [...Object.values(BLOCKS), "service"];
  for (const [key, entry] of root.entries) {
    if (known.includes(key)) continue;
    const suggestion = suggest(key, known);
    const message = `unknown key "${key}"${suggestion === undefined ? `; known keys: ${known.join(", ")}` : ""}`;
    problems.push({ place: entry.keyPlace, path: key, message, ...(suggestion === undefined ? {} : { suggestion }) });
  }
  for (const block of ["receivers", "exporters", "service"]) {
    // A connector can stand in for either end, so only the service block is needed in any case.
    const present = root.entries.has(block) || (block !== "service" && root.entries.has("connectors"));
    if (!present) problems.push({ place: undefined, path: block, message: "required, but missing" });
  }
}

function readComponents(
  kind: ComponentKind,
  root: Located,
  factories: readonly Factory[],
  problems: ConfigProblem[],
): Map<string, ConfiguredComponent> {
  const block = BLOCKS[kind];
  const components = new Map<string, ConfiguredComponent>();
  const located = valueAt(root, [block]);
  if (located === undefined || (located.kind === "scalar" && located.value === null)) return components;
  if (located.kind !== "mapping") {
    problems.push({ place: located.place, path: block, message: "expected a mapping of component ids" });
    return components;
  }
  for (const key of located.entries.keys()) {
    const path: Path = [block, key];
    const place = placeAt(root, path, "key");
    const id = parseId(key);
    if (id === undefined) {
      problems.push({ place, path: formatPath(path), message: `"${key}" is not an id; write it as type or type/name` });
      continue;
    }
    const factory = findFactory(kind, id.type, factories);
    if (factory === undefined) {
      problems.push({ place, path: formatPath(path), ...unknownType(kind, id.type, factories) });
      continue;
    }
    const checked = checkSchema(factory.schema, root, path, problems);
    // A component whose options are wrong is still known to the pipelines: its name must not be reported a second time.
    const written = toPlain(valueAt(root, path));
    components.set(key, { id: { kind, text: key, ...id }, factory, config: checked?.config, written });
  }
  return components;
}

function findFactory(kind: ComponentKind, type: string, factories: readonly Factory[]): Factory | undefined {
  return factories.find((one) => one.kind === kind && (one.type === type || one.aliases?.includes(type)));
}

function unknownType(
  kind: ComponentKind,
  type: string,
  factories: readonly Factory[],
): { message: string; suggestion?: string } {
  const names = factories.filter((one) => one.kind === kind).flatMap((one) => [one.type, ...(one.aliases ?? [])]);
  const elsewhere = KINDS.find((other) => findFactory(other, type, factories) !== undefined);
  if (elsewhere !== undefined) {
    return {
      message: `unknown ${kind} type "${type}": it is a type of ${elsewhere}, so it belongs to ${BLOCKS[elsewhere]}`,
    };
  }
  const suggestion = suggest(type, names);
  if (suggestion !== undefined) return { message: `unknown ${kind} type "${type}"`, suggestion };
  return { message: `unknown ${kind} type "${type}"; known types: ${names.sort().join(", ")}` };
}

/** In the order of the file, so that the reader fixes them from top to bottom. */
function sortByPlace(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...problems].sort((a, b) => {
    if (a.place === undefined || b.place === undefined)
      return Number(a.place === undefined) - Number(b.place === undefined);
    if (a.place.source !== b.place.source) return a.place.source < b.place.source ? -1 : 1;
    return a.place.line - b.place.line || a.place.column - b.place.column;
  });
}
