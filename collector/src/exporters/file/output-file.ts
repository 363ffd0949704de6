import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import type { RotationConfig } from "./config.js";
import { rotate } from "./rotation.js";

interface Message {
  readonly bytes: Uint8Array;
  /** How much of it is in the file already. */
  written: number;
  readonly done: (isWritten: boolean) => void;
}

export interface OutputOptions {
  readonly append: boolean;
  readonly rotation: RotationConfig | undefined;
}

/**
 * A file of whole messages. Messages wait in memory until `flush`; one that the disk does not take stays and is tried again,
 * from the byte where the disk stopped, so that a full disk leaves neither a gap nor a torn message behind.
 */
export class OutputFile {
  readonly path: string;
  /** Of messages that are not in the file yet. */
  heldBytes = 0;
  private readonly rotation: RotationConfig | undefined;
  private descriptor: number | undefined;
  private sizeBytes: number;
  private messages: Message[] = [];

  /** Opens the file. @throws Error of the file system */
  constructor(path: string, { append, rotation }: OutputOptions) {
    this.path = path;
    this.rotation = rotation;
    this.descriptor = openSync(path, append || rotation !== undefined ? "a" : "w", 0o644);
    this.sizeBytes = fstatSync(this.descriptor).size;
  }

  /** Takes a message; `done` hears once whether it got into the file. */
  add(bytes: Uint8Array, done: Message["done"]): void {
    this.messages.push({ bytes, written: 0, done });
    this.heldBytes += bytes.length;
  }

  /** Writes what is held. @throws Error of the file system; what was not written stays held */
  flush(): void {
    let count = 0;
    try {
      for (const message of this.messages) {
        this.write(message);
        count++;
      }
    } finally {
      for (const { bytes, done } of this.messages.splice(0, count)) {
        this.heldBytes -= bytes.length;
        done(true);
      }
    }
  }

  /** Writes what is held and closes. @throws Error of the file system; the file is closed, and what is held is given up */
  close(): void {
    const { descriptor } = this;
    if (descriptor === undefined) return;
    try {
      this.flush();
    } finally {
      for (const { done } of this.messages.splice(0)) done(false);
      this.heldBytes = 0;
      this.descriptor = undefined;
      closeSync(descriptor);
    }
  }

  private write(message: Message): void {
    const { bytes } = message;
    if (message.written === 0) this.makeRoom(bytes.length);
    while (message.written < bytes.length) {
      const count = writeSync(this.open(), bytes, message.written);
      message.written += count;
      this.sizeBytes += count;
    }
  }

  /** A message that is larger than a file may be gets a file of its own. */
  private makeRoom(bytes: number): void {
    if (this.rotation === undefined || this.sizeBytes === 0) return;
    if (this.sizeBytes + bytes <= this.rotation.max_megabytes) return;
    closeSync(this.open());
    this.descriptor = undefined;
    rotate(this.path, this.rotation, new Date());
    this.sizeBytes = 0;
  }

  private open(): number {
    this.descriptor ??= openSync(this.path, "a", 0o644);
    return this.descriptor;
  }
}
