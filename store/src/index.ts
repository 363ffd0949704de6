export type { Store, StoreSettings, StoreStats } from "./server.js";
export { openStore } from "./server.js";
