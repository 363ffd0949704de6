export type { InProcessSettings, Store, StoreSettings, StoreStats } from "./server.js";
export { openStoreInProcess } from "./server.js";
export { openStore } from "./worker/worker-store.js";
