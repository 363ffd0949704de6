import { closeSync, openSync, writeSync } from "node:fs";
import type { ComponentHost } from "../../component.js";
import { StartError } from "../../component.js";

/** Where the exporter writes when it does not use the collector's log. */
export interface Outputs {
  write(text: string): void;
  close(): void;
}

/** `stdout`, `stderr` or files, which are appended to. @throws StartError when a file cannot be opened */
export function openOutputs(paths: readonly string[], host: ComponentHost): Outputs {
  const opened: number[] = [];
  const targets = paths.map((path): ((text: string) => void) => {
    if (path === "stdout" || path === "stderr") return (text) => void process[path].write(text);
    try {
      const descriptor = openSync(path, "a", 0o644);
      opened.push(descriptor);
      return (text) => void writeSync(descriptor, text);
    } catch (error) {
      for (const descriptor of opened) closeSync(descriptor);
      const message = `cannot start exporter "${host.id.text}": cannot open ${path}: ${(error as Error).message}`;
      throw new StartError(message, { cause: error });
    }
  });
  return {
    write: (text) => {
      for (const target of targets) target(text);
    },
    close: () => {
      for (const descriptor of opened.splice(0)) closeSync(descriptor);
    },
  };
}
