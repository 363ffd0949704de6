export type { SqlAnswer, SqlLimits } from "./database/read-only-sql.js";
export { defaultSqlLimits, SqlError } from "./database/read-only-sql.js";
export type { StoreFile } from "./file/store-file.js";
export { exportParquet, openStoreFile } from "./file/store-file.js";
export type { Verification } from "./file/verify.js";
export type { InProcessSettings, Store, StoreSettings, StoreStats } from "./server.js";
export { openStoreInProcess } from "./server.js";
export { openStore } from "./worker/worker-store.js";
