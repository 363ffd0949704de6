import type { ZodType } from "zod";
import type { Logger } from "../../../telemetry/logger.js";

/** Targets that a discovery found together. */
export interface TargetGroup {
  /** host:port each. */
  readonly targets: readonly string[];
  /** Labels of all of them; those that begin with `__meta_` are for relabelling only. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface DiscoveryContext {
  /** For messages: `receiver "prometheus", job "shop"`. */
  readonly what: string;
  readonly log: Logger;
}

/**
 * Finds targets while it runs. `start` does not wait for a source that may be slow; it calls `update` with all groups that
 * there are as soon as it knows them, and then whenever they change. While a source cannot be asked, the groups stay what
 * they were. It answers what stops it.
 */
export interface Discovery {
  start(update: (groups: readonly TargetGroup[]) => void): Promise<() => Promise<void>>;
}

/** A kind of service discovery. To add one: write its folder, then add its line to `discoveries.ts`. */
export interface DiscoveryFactory<Config> {
  /** The option of a scrape config that lists its configs: `file_sd_configs`. */
  readonly key: string;
  /** Of one config of the list. */
  readonly schema: ZodType<Config>;
  create(config: Config, context: DiscoveryContext): Discovery;
}
