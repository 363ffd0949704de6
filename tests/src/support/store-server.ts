/**
 * A program that serves a store until it is stopped, and says its URL on standard output: `listening URL`. Argument: the
 * file.
 */
import { openStore } from "@venturi/store";

const [path = ""] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const store = await openStore({ path, checkpointWalBytes: 512 * 1024, log: (line) => say(`log ${line}`) });
const { url } = await store.listen({ port: 0 });
say(`listening ${url}`);
process.once("SIGTERM", () => void store.close());
