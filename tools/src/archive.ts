import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArchivePin } from "./pins.js";
import { run } from "./run.js";

/** Largest archive that is accepted; k6's is about 25 MiB. */
const archiveBytesMax = 256 * 1024 * 1024;

async function download(archive: ArchivePin, signal: AbortSignal | undefined): Promise<Buffer> {
  const response = await fetch(archive.url, signal ? { signal } : {});
  if (!response.ok || response.body === null)
    throw new Error(`cannot download ${archive.url}: HTTP ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > archiveBytesMax) throw new Error(`cannot download ${archive.url}: over ${archiveBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Downloads a release archive, checks it against its pinned SHA-256 *before* anything of it is unpacked, and puts its
 * executable at `target`.
 *
 * @throws Error when the download fails, the checksum differs or the archive lacks the executable.
 */
export async function installFromArchive(archive: ArchivePin, target: string, signal?: AbortSignal): Promise<void> {
  const bytes = await download(archive, signal);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== archive.sha256) {
    throw new Error(`cannot trust ${archive.url}: its SHA-256 is ${sha256}, pinned is ${archive.sha256}`);
  }
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), "archive-"));
  try {
    const file = join(folder, "archive");
    await writeFile(file, bytes);
    const unpacked = await run("tar", ["-xf", file, "-C", folder, archive.member], { signal });
    if (unpacked.code !== 0) throw new Error(`cannot unpack ${archive.url}: ${unpacked.stderr.trim()}`);
    const executable = join(folder, archive.member);
    await chmod(executable, 0o755);
    await rename(executable, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
