import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { StoreSink, VenturiStoreConfig } from "@venturi/collector";
import type { Store } from "@venturi/store";
import { uiDir } from "./paths.js";
import type { RuleSettings } from "./rule-options.js";

export interface StoreHost {
  /** To be lent to the collector; called once per `venturi_store` exporter. */
  readonly openStore: (config: VenturiStoreConfig) => Promise<StoreSink>;
  /** The URLs of the Prometheus and Jaeger APIs of the stores opened so far. */
  readonly urls: string[];
  /** Reads the rule files of all stores again. @throws {Error} a line for each problem */
  reloadRules(): Promise<void>;
}

function parseEndpoint(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(":");
  const port = Number(endpoint.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`cannot use endpoint "${endpoint}" of venturi_store: write host:port, such as 127.0.0.1:4319`);
  }
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ""), port };
}

export interface StoreHostSettings {
  readonly reportsDir: string;
  readonly log: (line: string) => void;
  /** What the stores keep; left out for their own defaults. */
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  readonly rules?: RuleSettings;
  /** Answers SQL over HTTP, on this machine's own addresses only. */
  readonly sql?: boolean;
}

/** Opens embedded stores for the collector's `venturi_store` exporters and serves their APIs and the pages. */
export function storeHost(settings: StoreHostSettings): StoreHost {
  const { retentionMs, retentionBytes, sql } = settings;
  const urls: string[] = [];
  const stores: Store[] = [];
  return {
    urls,
    reloadRules: async () => {
      for (const store of stores) await store.reloadRules();
    },
    openStore: async (config) => {
      const { host, port } = parseEndpoint(config.endpoint);
      if (config.path !== ":memory:") await mkdir(dirname(config.path), { recursive: true });
      await mkdir(settings.reportsDir, { recursive: true });
      // Most collectors have no store of their own; its database engine is loaded by those that do.
      const { openStore } = await import("@venturi/store");
      const store = await openStore({
        path: config.path,
        uiDir,
        reportsDir: settings.reportsDir,
        log: settings.log,
        ...settings.rules,
        // The store may not import it, and it runs in a thread of its own, so it gets the name.
        analysisModule: import.meta.resolve("@venturi/analysis"),
        ...(sql === undefined ? {} : { sql }),
        ...(retentionMs === undefined ? {} : { retentionMs }),
        ...(retentionBytes === undefined ? {} : { retentionBytes }),
      });
      try {
        const { url } = await store.listen({ host, port });
        urls.push(url);
        stores.push(store);
      } catch (error) {
        await store.close();
        throw error;
      }
      return { write: (batch) => store.write(batch), close: () => store.close() };
    },
  };
}
