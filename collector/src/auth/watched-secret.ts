import { readFileSync, unwatchFile, watchFile } from "node:fs";
import { StartError } from "../component.js";
import type { Logger } from "../telemetry/logger.js";

/** How long a changed file may go unnoticed. */
const INTERVAL_MS = 1000;

/** A secret that stands in a file and may be replaced there, as by a secret of Kubernetes. */
export class WatchedSecret {
  private readonly path: string;
  private readonly log: Logger;
  private readonly changed: (text: string) => void;
  private text = "";
  private watching = false;

  /** `changed` is called with the trimmed text at the start and at each change. */
  constructor(path: string, log: Logger, changed: (text: string) => void) {
    this.path = path;
    this.log = log;
    this.changed = changed;
  }

  /** @throws StartError when the file cannot be read; `what` names the component and the option. */
  start(what: string): void {
    try {
      this.text = readFileSync(this.path, "utf8").trim();
    } catch (error) {
      throw new StartError(`cannot start ${what} "${this.path}": ${(error as Error).message}`, { cause: error });
    }
    this.changed(this.text);
    // By its state, not by events: the file may be a link that is pointed elsewhere.
    watchFile(this.path, { interval: INTERVAL_MS, persistent: false }, this.look);
    this.watching = true;
  }

  stop(): void {
    if (this.watching) unwatchFile(this.path, this.look);
    this.watching = false;
  }

  private readonly look = (): void => {
    try {
      const text = readFileSync(this.path, "utf8").trim();
      if (text === this.text) return;
      this.text = text;
      this.changed(text);
      this.log.info("read a changed secret", { file: this.path });
    } catch (error) {
      this.log.warn("cannot read a secret; the last one stays", { file: this.path, error: (error as Error).message });
    }
  };
}
