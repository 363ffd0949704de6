import { ByteTable } from "@venturi/otlp";

/** Names of which it is remembered that nothing matches them: attributes are sent by others. */
const KEPT_MAX = 10_000;

/** Numbers the names of attributes that some list of globs matches, found by their bytes. */
export class GlobNames {
  private readonly lists: readonly (readonly RegExp[])[];
  private readonly table = new ByteTable();
  /** By number; bit n: list n matches. */
  private readonly masks: number[] = [];
  private readonly names: string[] = [];

  constructor(lists: readonly (readonly RegExp[])[]) {
    this.lists = lists;
  }

  /** The number of the name at `start`…`end`; -1: nothing matches it. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const key = bytes.subarray(start, end);
    const known = this.table.find(key, key.length);
    if (known >= 0) return this.masks[known] === 0 ? -1 : known;
    const name = Buffer.from(key.buffer, key.byteOffset, key.length).toString("utf8");
    let mask = 0;
    this.lists.forEach((globs, list) => {
      if (globs.some((glob) => glob.test(name))) mask |= 1 << list;
    });
    if (mask === 0 && this.names.length >= KEPT_MAX) return -1;
    const number = this.table.add(key, key.length);
    this.masks[number] = mask;
    this.names[number] = name;
    return mask === 0 ? -1 : number;
  }

  mask(number: number): number {
    return this.masks[number] as number;
  }

  name(number: number): string {
    return this.names[number] as string;
  }
}
