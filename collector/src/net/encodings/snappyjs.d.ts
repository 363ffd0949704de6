declare module "snappyjs" {
  const snappy: {
    /** Snappy block format. */
    compress(bytes: Uint8Array): Uint8Array;
    uncompress(bytes: Uint8Array, maxLength?: number): Uint8Array;
  };
  export default snappy;
}
