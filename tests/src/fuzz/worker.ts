import { parentPort, workerData } from "node:worker_threads";
import type { Finding } from "./finding.js";
import { runStretch, type Stretch, type Tally } from "./run-target.js";
import { targetNamed } from "./targets.js";

export interface WorkerSettings extends Stretch {
  readonly target: string;
  /** What each lane is at, for who looks whether it still goes on. */
  readonly lanes: Int32Array;
}

export type WorkerMessage = { readonly found: Finding } | { readonly tally: Tally };

const { target, lanes, ...stretch } = workerData as WorkerSettings;
const say = (message: WorkerMessage): void => parentPort?.postMessage(message);

say({
  tally: await runStretch(targetNamed(target), stretch, {
    begins: (lane, index) => void Atomics.store(lanes, lane, index),
    found: (finding) => say({ found: finding }),
  }),
});
