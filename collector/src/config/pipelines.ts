import type { Signal } from "@venturi/otlp";
import type { ConnectorFactory, Factory } from "../component.js";
import { type ComponentKind, parseId } from "./component-id.js";
import type { ConfiguredComponent, PipelineConfig } from "./config.js";
import type { ConfigProblem } from "./config-error.js";
import { findCycle } from "./cycle.js";
import { formatPath, type Located, type Path, placeAt } from "./located.js";
import type { ServiceConfig } from "./service-schema.js";
import { suggest } from "./suggest.js";

const SIGNALS: readonly string[] = ["traces", "metrics", "logs"];
type Components = Readonly<Record<ComponentKind, ReadonlyMap<string, ConfiguredComponent>>>;

/** Checks `service::pipelines` and `service::extensions` against what is configured. */
export function checkPipelines(
  service: ServiceConfig,
  root: Located,
  components: Components,
  problems: ConfigProblem[],
): PipelineConfig[] {
  const report = (path: Path, message: string, suggestion?: string): void => {
    problems.push({
      place: placeAt(root, path),
      path: formatPath(path),
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  };
  const pipelines: PipelineConfig[] = [];
  const base: Path = ["service", "pipelines"];
  if (Object.keys(service.pipelines).length === 0) report(base, "must have at least one pipeline");
  for (const [id, parts] of Object.entries(service.pipelines)) {
    const path = [...base, id];
    const type = parseId(id)?.type;
    if (type === undefined || !SIGNALS.includes(type)) {
      report(
        path,
        `unknown signal "${type ?? id}"; known signals: ${SIGNALS.join(", ")}`,
        suggest(type ?? id, SIGNALS),
      );
      continue;
    }
    const pipeline: PipelineConfig = { id, signal: type as Signal, ...parts };
    checkPipeline(pipeline, path, components, report);
    pipelines.push(pipeline);
  }
  checkConnectors(pipelines, base, components, report);
  service.extensions.forEach((id, index) => {
    checkReference(["service", "extensions", index], id, ["extension"], components, report);
  });
  return pipelines;
}

type Report = (path: Path, message: string, suggestion?: string) => void;

function checkPipeline(pipeline: PipelineConfig, path: Path, components: Components, report: Report): void {
  const roles = [
    ["receivers", ["receiver", "connector"]],
    ["processors", ["processor"]],
    ["exporters", ["exporter", "connector"]],
  ] as const;
  for (const [role, kinds] of roles) {
    if (pipeline[role].length === 0 && role !== "processors") {
      report(path, `must have at least one ${role.slice(0, -1)}`);
    }
    pipeline[role].forEach((id, index) => {
      const at = [...path, role, index];
      if (pipeline[role].indexOf(id) !== index) report(at, `references "${id}" twice`);
      const found = checkReference(at, id, kinds, components, report);
      if (found !== undefined && found.factory.kind !== "connector")
        checkSignal(found.factory, pipeline, at, id, report);
    });
  }
}

function checkSignal(factory: Factory, pipeline: PipelineConfig, at: Path, id: string, report: Report): void {
  if (!("signals" in factory) || pipeline.signal in factory.signals) return;
  const supported = Object.keys(factory.signals).join(", ");
  report(at, `${factory.kind} "${id}" does not support ${pipeline.signal}; it supports ${supported}`);
}

function checkReference(
  at: Path,
  id: string,
  kinds: readonly ComponentKind[],
  components: Components,
  report: Report,
): ConfiguredComponent | undefined {
  const found = kinds.flatMap((kind) => components[kind].get(id) ?? []);
  if (found.length > 1) {
    report(at, `"${id}" is both a ${kinds.join(" and a ")}; give one of them a name, like ${id}/2`);
  }
  if (found[0] !== undefined) return found[0];
  const known = kinds.flatMap((kind) => [...components[kind].keys()]);
  report(at, `references ${kinds[0]} "${id}" which is not configured`, suggest(id, known));
  return undefined;
}

/** A connector ends at least one pipeline and begins at least one, of signals that it can turn into one another. */
function checkConnectors(
  pipelines: readonly PipelineConfig[],
  base: Path,
  components: Components,
  report: Report,
): void {
  for (const [id, { factory }] of components.connector) {
    if (factory.kind !== "connector") continue;
    const ends = pipelines.filter((pipeline) => pipeline.exporters.includes(id));
    const begins = pipelines.filter((pipeline) => pipeline.receivers.includes(id));
    for (const pipeline of ends) {
      if (begins.some((other) => converts(factory, pipeline.signal, other.signal))) continue;
      const at = [...base, pipeline.id, "exporters", pipeline.exporters.indexOf(id)];
      report(
        at,
        `connector "${id}" used as exporter in ${pipeline.id} pipeline but not used in any supported receiver pipeline (${pairs(factory)})`,
      );
    }
    for (const pipeline of begins) {
      if (ends.some((other) => converts(factory, other.signal, pipeline.signal))) continue;
      const at = [...base, pipeline.id, "receivers", pipeline.receivers.indexOf(id)];
      report(
        at,
        `connector "${id}" used as receiver in ${pipeline.id} pipeline but not used in any supported exporter pipeline (${pairs(factory)})`,
      );
    }
  }
  const cycle = findCycle(pipelines, (id) => {
    const factory = components.connector.get(id)?.factory;
    return factory?.kind === "connector" ? factory : undefined;
  });
  if (cycle !== undefined) report(base, `cycle detected: ${cycle.join(" -> ")}`);
}

function converts(factory: ConnectorFactory<unknown>, from: Signal, to: Signal): boolean {
  return factory.pairs.some((pair) => pair.from === from && pair.to === to);
}

function pairs(factory: ConnectorFactory<unknown>): string {
  return factory.pairs.map((pair) => `${pair.from} to ${pair.to}`).join(", ");
}
