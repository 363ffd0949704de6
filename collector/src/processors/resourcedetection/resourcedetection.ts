import { hostname } from "node:os";
import { type Batch, BatchEditor, RESOURCE_OR_SCOPE, SCHEMA_URL } from "@venturi/otlp";
import {
  type ComponentHost,
  type Consumer,
  type Outcome,
  type Processor,
  type ProcessorFactory,
  StartError,
} from "../../component.js";
import { passOn } from "../../lease.js";
import { type ResourceDetectionConfig, resourceDetectionSchema } from "./config.js";
import { addDetected, type Detector, NOTHING } from "./detector.js";
import { dockerApi } from "./docker-api.js";
import { dockerDetector } from "./docker-detector.js";
import { envDetector } from "./env-detector.js";
import { detectAll } from "./resource-provider.js";
import { hostFolders, systemDetector } from "./system/system-detector.js";

/** Adds to every resource what is found out about the host on which the collector runs. */
export const resourceDetectionProcessor: ProcessorFactory<ResourceDetectionConfig> = {
  kind: "processor",
  type: "resource_detection",
  aliases: ["resourcedetection"],
  schema: resourceDetectionSchema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, _signal, next, _lane, host) => new ResourceDetection(config, next, host),
};

const ATTRIBUTES = 1;

class ResourceDetection implements Processor {
  private readonly config: ResourceDetectionConfig;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly editor = new BatchEditor();
  private readonly stopped = new AbortController();
  private detectors: readonly Detector[] = [];
  private detected = NOTHING;
  private timer: NodeJS.Timeout | undefined;
  private refreshing: Promise<void> = Promise.resolve();

  constructor(config: ResourceDetectionConfig, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.next = next;
    this.host = host;
  }

  /** @throws StartError when a detector fails until the time is over. */
  async start(): Promise<void> {
    const { config, host } = this;
    try {
      this.detectors = config.detectors.map((name) => createDetector(name, config, host));
      this.detected = await this.detect();
    } catch (cause) {
      throw new StartError(`cannot detect the resource: ${(cause as Error).message}`, { cause });
    }
    host.log.info(`detected resource information: ${[...this.detected.attributes.keys()].join(", ") || "nothing"}`);
    if (config.refresh_interval > 0 && !this.stopped.signal.aborted) this.scheduleRefresh();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const { editor, detected, config } = this;
    const changed = editor.edit(batch, false, () => {
      const resource = editor.resource.message;
      addDetected(resource.message(RESOURCE_OR_SCOPE).attributes(ATTRIBUTES), detected, config.override);
      const { schemaUrl } = detected;
      if (schemaUrl !== "" && resource.getString(SCHEMA_URL) === "") resource.setString(SCHEMA_URL, schemaUrl);
      return true;
    });
    if (changed !== batch) passOn([batch], [changed]);
    return this.next.consume(changed);
  }

  async shutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.stopped.abort();
    await this.refreshing;
  }

  private detect(): ReturnType<typeof detectAll> {
    return detectAll(this.detectors, this.config.timeout, this.stopped.signal, this.host.log);
  }

  private scheduleRefresh(): void {
    this.timer = setTimeout(() => {
      this.refreshing = this.refresh();
    }, this.config.refresh_interval);
  }

  /** What was known stays when nothing new can be found out. */
  private async refresh(): Promise<void> {
    try {
      this.detected = await this.detect();
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      this.host.log.warn(`resource refresh failed; keeping previous snapshot: ${(error as Error).message}`);
    }
    if (!this.stopped.signal.aborted) this.scheduleRefresh();
  }
}

function createDetector(
  name: ResourceDetectionConfig["detectors"][number],
  config: ResourceDetectionConfig,
  host: ComponentHost,
): Detector {
  switch (name) {
    case "env":
      return envDetector(process.env);
    case "system":
      return systemDetector(config.system, hostFolders(process.env), host.log);
    case "docker":
      return dockerDetector(dockerApi(process.env), config.docker.resource_attributes, hostname());
  }
}
