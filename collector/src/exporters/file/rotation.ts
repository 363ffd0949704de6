import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import type { RotationConfig } from "./config.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Moves a full file aside, as `name-2026-01-31T05-02-14.173-size.ext`, and removes old ones that are too many or too old. */
export function rotate(path: string, config: RotationConfig, now: Date): void {
  const extension = extname(path);
  const stem = basename(path, extension);
  const time = timeText(now, config.localtime);
  renameSync(path, join(dirname(path), `${stem}-${time}-size${extension}`));
  removeOld(path, config, now);
}

function removeOld(path: string, { max_backups, max_days, localtime }: RotationConfig, now: Date): void {
  const extension = extname(path);
  const stem = basename(path, extension);
  const oldest = max_days === 0 ? "" : timeText(new Date(now.getTime() - max_days * DAY_MS), localtime);
  const backups = readdirSync(dirname(path))
    .flatMap((name) => {
      if (!name.startsWith(`${stem}-`) || !name.endsWith(extension)) return [];
      const time = BACKUP.exec(name.slice(stem.length + 1, name.length - extension.length))?.[1];
      return time === undefined ? [] : [{ name, time }];
    })
    // The text of a time sorts like the time.
    .sort((a, b) => (a.time < b.time ? 1 : -1));
  backups.forEach(({ name, time }, index) => {
    if (time < oldest || (max_backups > 0 && index >= max_backups)) rmSync(join(dirname(path), name), { force: true });
  });
}

const BACKUP = /^(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{3})-\w+$/;

function timeText(time: Date, local: boolean): string {
  const shifted = local ? new Date(time.getTime() - time.getTimezoneOffset() * 60_000) : time;
  return shifted.toISOString().slice(0, -1).replaceAll(":", "-");
}
