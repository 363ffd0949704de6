/** One frame of a zstd body: where it stands and what it may become. */
export interface ZstdFrame {
  readonly start: number;
  readonly end: number;
  /** As the sender says; undefined when it does not, as encoders of streams. */
  readonly contentBytes: number | undefined;
  /** Where the window's size stands; undefined when the window is the content. */
  readonly windowAt: number | undefined;
  readonly windowBytes: number;
  /** More than this its blocks cannot become. */
  readonly mostBytes: number;
}

const MAGIC = 0xfd2f_b528;
/** The low four bits of these are free. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** What RFC 8878 asks every decoder to hold. */
export const MAX_WINDOW_BYTES: number = 8 * 1024 * 1024;

/**
 * Walks over the frames and their blocks without decoding them, so that sizes are known before memory is asked for.
 * Format: RFC 8878.
 * @throws Error for what is no zstd, needs a dictionary or asks for too large a window.
 */
export function zstdFrames(bytes: Buffer): ZstdFrame[] {
  const frames: ZstdFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const magic = read(bytes, at, 4);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + read(bytes, at + 4, 4);
      continue;
    }
    if (magic !== MAGIC) throw new Error("not a zstd frame");
    const frame = readFrame(bytes, at);
    frames.push(frame);
    at = frame.end;
  }
  return frames;
}

function readFrame(bytes: Buffer, start: number): ZstdFrame {
  const flags = read(bytes, start + 4, 1);
  const isSingle = (flags & 0x20) !== 0;
  let at = start + 5;
  const windowAt = isSingle ? undefined : at++;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] as number;
  if (dictionaryBytes > 0 && read(bytes, at, dictionaryBytes) !== 0) throw new Error("zstd dictionaries are unknown");
  at += dictionaryBytes;
  const sizeBytes = flags >> 6 === 0 ? Number(isSingle) : 1 << (flags >> 6);
  const contentBytes = sizeBytes === 0 ? undefined : read(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  at += sizeBytes;
  const windowBytes = windowAt === undefined ? (contentBytes ?? 0) : windowSize(read(bytes, windowAt, 1));
  if (windowAt !== undefined && windowBytes > MAX_WINDOW_BYTES) {
    throw new Error(`zstd window of ${windowBytes} bytes is larger than ${MAX_WINDOW_BYTES}`);
  }
  const { end, mostBytes } = walkBlocks(bytes, at);
  const checksumBytes = (flags & 4) === 0 ? 0 : 4;
  if (end + checksumBytes > bytes.length) throw new Error("zstd frame is cut");
  return { start, end: end + checksumBytes, contentBytes, windowAt, windowBytes, mostBytes };
}

function walkBlocks(bytes: Buffer, from: number): { end: number; mostBytes: number } {
  let mostBytes = 0;
  for (let at = from; ; ) {
    const header = read(bytes, at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type === 3 || size > MAX_BLOCK_BYTES) throw new Error("malformed zstd block");
    mostBytes += type === COMPRESSED ? MAX_BLOCK_BYTES : size;
    at += 3 + (type === RUN ? 1 : size);
    if ((header & 1) === 1) return { end: at, mostBytes };
  }
}

const RUN = 1;
const COMPRESSED = 2;

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The descriptor of a window that holds so many bytes; never below what a block may take. */
export function windowDescriptor(bytes: number): number {
  return (Math.max(17, Math.ceil(Math.log2(Math.max(1, bytes)))) - 10) << 3;
}

/** Little-endian; up to 8 bytes, exact below 2^53. */
function read(bytes: Buffer, at: number, count: number): number {
  if (at + count > bytes.length) throw new Error("zstd frame is cut");
  let value = 0;
  for (let index = count - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] as number);
  return value;
}
