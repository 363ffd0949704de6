const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

function paint(code: number): (text: string) => string {
  return (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
}

export const bold: (text: string) => string = paint(1);
export const dim: (text: string) => string = paint(2);
export const red: (text: string) => string = paint(31);
export const green: (text: string) => string = paint(32);
export const yellow: (text: string) => string = paint(33);

/** What a person reads goes to standard output, a line at a time. */
export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** What happens meanwhile goes to standard error, so that output can be piped. */
export function note(line: string): void {
  process.stderr.write(`${dim(line)}\n`);
}
