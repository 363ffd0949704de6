/** The lines `KEY=value` of os-release(5) and of files like it, without quotes. */
export function parseReleaseFile(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*([^#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (match !== null) values.set(match[1] as string, unescaped(match[2] as string));
  }
  return values;
}

function unescaped(value: string): string {
  const inner = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  return inner.replace(/\\([$"'\\`])/g, "$1");
}

/** The name for people of an operating system: `Debian GNU/Linux 12 (bookworm)`; empty when it is not said. */
export function releaseName(release: ReadonlyMap<string, string>): string {
  const name = release.get("NAME") ?? "";
  const version = release.get("VERSION") || release.get("VERSION_ID") || "";
  return name !== "" && version !== "" ? `${name} ${version}` : (release.get("PRETTY_NAME") ?? "");
}
