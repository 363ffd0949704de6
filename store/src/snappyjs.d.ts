declare module "snappyjs" {
  /** @throws {Error} when the input is not snappy or decompresses to more than `maxLength` bytes */
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(uncompressed: Uint8Array): Uint8Array;
}
