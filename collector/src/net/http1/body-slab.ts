/** More than the usual batch of an exporter (8192 spans of 600 bytes): its bodies are then one or two pieces of memory. */
const SLAB_BYTES = 8 * 1024 * 1024;
/** Larger bodies have a buffer of their own. */
const SHARED_BYTES = 1024 * 1024;

let slab = Buffer.alloc(0);
let used = 0;

/**
 * Memory for a body, not zeroed. Bodies of some 60 kB share slabs: a buffer each cost more in garbage collection than
 * everything else that was done to them.
 */
export function takeBody(bytes: number): Buffer {
  if (bytes > SHARED_BYTES) return Buffer.allocUnsafeSlow(bytes);
  if (used + bytes > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  used += bytes;
  return slab.subarray(used - bytes, used);
}
