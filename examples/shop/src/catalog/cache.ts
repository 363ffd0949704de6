import { metrics } from "@opentelemetry/api";
import { LRUCache } from "lru-cache";
import { createClient } from "redis";

const lookups = metrics.getMeter("shop").createCounter("shop.cache.lookups", {
  description: "Look-ups in the product cache, by result.",
  unit: "{lookup}",
});

interface CacheStore {
  get(key: string): Promise<string | null> | string | null;
  set(key: string, value: string): unknown;
  close(): Promise<void>;
}

/** A cache of JSON texts that counts its hits and misses. */
export class Cache {
  readonly #store: CacheStore;
  hits = 0;
  misses = 0;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  /** The cached text, or what `load` makes of a miss; `bypass` skips the cache and counts as a miss. */
  async through(key: string, bypass: boolean, load: () => Promise<string | null>): Promise<string | null> {
    const cached = bypass ? null : await this.#store.get(key);
    if (cached !== null) {
      this.hits++;
      lookups.add(1, { "cache.result": "hit" });
      return cached;
    }
    this.misses++;
    lookups.add(1, { "cache.result": "miss" });
    const loaded = await load();
    if (loaded !== null && !bypass) await this.#store.set(key, loaded);
    return loaded;
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

const capacity = 5_000;
const timeToLiveSeconds = 300;

/** Redis when there is a URL, else a least-recently-used cache in this process. */
export async function openCache(redisUrl: string | undefined): Promise<Cache> {
  return new Cache(redisUrl ? await redisStore(redisUrl) : memoryStore());
}

function memoryStore(): CacheStore {
  const entries = new LRUCache<string, string>({ max: capacity, ttl: timeToLiveSeconds * 1_000 });
  return {
    get: (key) => entries.get(key) ?? null,
    set: (key, value) => {
      entries.set(key, value);
    },
    close: async () => entries.clear(),
  };
}

async function redisStore(url: string): Promise<CacheStore> {
  const client = createClient({ url });
  client.on("error", (error: Error) => console.error(`redis: ${error.message}`));
  await client.connect();
  const prefix = "shop:";
  return {
    get: (key) => client.get(prefix + key),
    set: (key, value) => client.set(prefix + key, value, { expiration: { type: "EX", value: timeToLiveSeconds } }),
    close: () => client.close(),
  };
}
