import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type InProcessSettings, openStoreInProcess, type Store } from "../server.js";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "venturi-store-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A store that is closed after the test; in memory unless the settings name a path. */
export async function testStore(settings: Partial<InProcessSettings> = {}): Promise<Store> {
  const store = await openStoreInProcess({ path: ":memory:", log: () => undefined, ...settings });
  cleanups.push(() => store.close());
  return store;
}

export interface JsonAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any;
}

/** A store with its HTTP APIs up; `get` answers parsed JSON (or text when it is none). */
export async function servedStore(
  settings: Partial<InProcessSettings> = {},
): Promise<{ store: Store; url: string; get: (path: string) => Promise<JsonAnswer> }> {
  const store = await testStore(settings);
  const { url } = await store.listen({ port: 0 });
  return { store, url, get: (path) => getJson(url + path) };
}

export async function getJson(url: string, init?: RequestInit): Promise<JsonAnswer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}
