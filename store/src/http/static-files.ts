import { readFile, realpath } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { type Reply, textReply } from "./reply.js";
import { decodeSegment } from "./request.js";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Our own pages load everything from this server, run no inline script and talk to nobody else. */
const pagePolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

/**
 * A file below `directory`; a path without extension that names no file gets index.html, so that pages can use paths of
 * their own. Links that lead out of the directory are not followed.
 */
export async function staticFile(directory: string, path: string): Promise<Reply> {
  const root = await realpath(directory).catch(() => undefined);
  const decoded = decodeSegment(path);
  if (root === undefined || decoded.includes("\0")) return textReply(404, "404 page not found\n");
  const wanted = join(root, normalize(`/${decoded}`));
  const found = (await readInside(root, wanted.endsWith(sep) ? join(wanted, "index.html") : wanted)) ?? undefined;
  if (found !== undefined) return fileReply(found.path, found.bytes);
  if (extname(wanted) !== "") return textReply(404, "404 page not found\n");
  const index = await readInside(root, join(root, "index.html"));
  return index === undefined ? textReply(404, "404 page not found\n") : fileReply(index.path, index.bytes);
}

async function readInside(root: string, path: string): Promise<{ path: string; bytes: Buffer } | undefined> {
  try {
    const real = await realpath(path);
    if (real !== root && !real.startsWith(root + sep)) return undefined;
    return { path: real, bytes: await readFile(real) };
  } catch {
    return undefined;
  }
}

function fileReply(path: string, bytes: Buffer): Reply {
  const extension = extname(path).toLowerCase();
  const headers: Record<string, string> = {
    "content-type": contentTypes[extension] ?? "application/octet-stream",
    "content-security-policy": pagePolicy,
    // Vite names its assets by their content; only the pages themselves must be asked for again.
    "cache-control": /-[\w-]{8,}\.\w+$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache",
  };
  return { status: 200, headers, body: bytes };
}
