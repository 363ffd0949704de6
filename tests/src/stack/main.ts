/** `npm run stack`: the compose stack without Docker, until Ctrl-C. `--free-ports`: not the ports of compose; `--load`: k6 too. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { root } from "../support/venturi.js";
import { type NativeStack, startNativeStack } from "./native.js";

const { values } = parseArgs({
  options: { "free-ports": { type: "boolean", default: false }, load: { type: "boolean", default: false } },
});
const interruption = new AbortController();
const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(() => interruption.abort());
let stack: NativeStack | undefined;
try {
  stack = await startNativeStack(root, {
    freePorts: values["free-ports"],
    log: console.log,
    signal: interruption.signal,
  });
  console.log("The stack is up (Ctrl-C stops it).");
  if (values.load) void stack.runJob("k6").then(({ code }) => console.log(`k6 ended with code ${code}`));
  const failure = await Promise.race([interrupted, stack.failed]);
  if (failure !== undefined) {
    console.error(failure);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(interruption.signal.aborted ? "stopped before it was up" : (error as Error).message);
  process.exitCode = 1;
}
await stack?.stop();
