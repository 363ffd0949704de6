import { createHash } from "node:crypto";
import type { ComponentId } from "../../config/component-id.js";

/** Most of a file name that file systems take. */
const MAX_BYTES = 200;

/**
 * `exporter_otlp_http_backup_traces`. Characters that are not safe in a file name become `~` and their code in hex, as
 * upstream does; what is too long becomes its hash.
 */
export function folderName(owner: ComponentId, name: string): string {
  const text = [owner.kind, owner.type, owner.name, name].join("_");
  const safe = text.replaceAll(
    /[^A-Za-z0-9._-]/gu,
    (character) => `~${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`,
  );
  return safe.length <= MAX_BYTES ? safe : createHash("sha256").update(text).digest("hex");
}
