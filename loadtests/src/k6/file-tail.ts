import { type FileHandle, open } from "node:fs/promises";

const chunkBytes = 256 * 1024;

/** Reads what was appended to a file since the last time. The file need not exist yet. */
export class FileTail {
  readonly #path: string;
  readonly #decoder = new TextDecoder();
  #file: FileHandle | null = null;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Hands over the new text in pieces, until the file's present end. */
  async drain(onText: (text: string) => void): Promise<void> {
    if (this.#file === null) {
      try {
        this.#file = await open(this.#path, "r");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
        throw error;
      }
    }
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      onText(this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true }));
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}
