/** A block of commands of a page of documentation. */
export interface CommandBlock {
  /** As written, all lines of it. */
  readonly script: string;
  /** The terminal in which it stays up, when it does not end by itself. */
  readonly terminal?: string;
  /** What it prints once it is up. */
  readonly ready?: string;
}

/** The blocks of a Markdown text that are fenced as ```sh, in their order; `terminal=NAME ready="TEXT"` may follow. */
export function commandBlocks(markdown: string): CommandBlock[] {
  return [...markdown.matchAll(/^```sh *(.*)\n([\s\S]*?)^```$/gm)].map(([, attributes = "", script = ""]) => {
    const terminal = /terminal=(\w+)/.exec(attributes)?.[1];
    const ready = /ready="([^"]+)"/.exec(attributes)?.[1];
    return { script, ...(terminal === undefined ? {} : { terminal }), ...(ready === undefined ? {} : { ready }) };
  });
}
