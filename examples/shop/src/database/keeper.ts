/**
 * A process that keeps one Postgres: it starts it, tells its parent the URL, and stops it and removes its files when
 * asked to, or when the parent is gone, even by kill -9. Argument: the folder to work in (optional).
 */
import { onShutdown } from "../lifecycle.js";
import { startPostgres } from "./postgres.js";

const postgres = await startPostgres(process.argv[2]);
onShutdown(() => postgres.stop());
void postgres.ended.then(() => process.connected && process.disconnect());
process.send?.({ type: "listening", url: postgres.url });
