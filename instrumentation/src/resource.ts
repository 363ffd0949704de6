import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { Resource, ResourceDetector } from "@opentelemetry/resources";
import { loadResources } from "./otel.js";

export interface ServiceIdentity {
  readonly name: string;
  readonly version: string | undefined;
}

/**
 * The service's name and version: from the nearest package.json with a name, looking upwards from the main script,
 * or from the working directory when the main script is a tool's (under node_modules) or there is none.
 */
export function identifyService(mainScript: string | undefined, workingDirectory: string): ServiceIdentity {
  const script = mainScript === undefined ? undefined : realPath(mainScript);
  const isOwn = script !== undefined && !script.includes(`${sep}node_modules${sep}`);
  const found = nearestPackage(isOwn ? dirname(script) : workingDirectory);
  return found ?? { name: "unknown_service:node", version: undefined };
}

function realPath(path: string): string | undefined {
  // `node app` runs app.js, and argv then holds the path as it was typed.
  const candidates = [path, `${path}.js`, `${path}.cjs`, `${path}.mjs`, join(path, "index.js")];
  const existing = candidates.find((candidate) => existsSync(candidate));
  return existing === undefined ? undefined : realpathSync(existing);
}

function nearestPackage(from: string): ServiceIdentity | undefined {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = readPackage(join(directory, "package.json"));
    if (found !== undefined) return found;
    if (dirname(directory) === directory) return undefined;
  }
}

function readPackage(path: string): ServiceIdentity | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // Absent or broken: the search goes on above.
  }
  const { name, version } = (content ?? {}) as { name?: unknown; version?: unknown };
  if (typeof name !== "string" || name === "") return undefined;
  return { name, version: typeof version === "string" ? version : undefined };
}

/** The defaults; OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME are merged over them by the SDK. */
export function defaultServiceResource(service: ServiceIdentity): Resource {
  const { defaultResource, resourceFromAttributes } = loadResources();
  return defaultResource().merge(
    resourceFromAttributes({
      "service.name": service.name,
      ...(service.version === undefined ? {} : { "service.version": service.version }),
      "service.instance.id": randomUUID(),
    }),
  );
}

/** Command lines carry passwords and the owner names a person: neither leaves the machine. */
const withheld: readonly string[] = ["process.command_args", "process.owner"];

/** The SDK's default detectors, less what should not leave the machine. */
export function resourceDetectors(): ResourceDetector[] {
  const { envDetector, hostDetector, processDetector } = loadResources();
  const discreetProcessDetector: ResourceDetector = {
    detect: (config) => {
      const detected = processDetector.detect(config);
      const kept = Object.entries(detected.attributes ?? {}).filter(([key]) => !withheld.includes(key));
      return { ...detected, attributes: Object.fromEntries(kept) };
    },
  };
  return [discreetProcessDetector, hostDetector, envDetector];
}
