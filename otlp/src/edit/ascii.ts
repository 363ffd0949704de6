/** Whether the ASCII text `key` stands at `start`; false also for a key that is not ASCII. */
export function isAsciiAt(bytes: Uint8Array, start: number, key: string): boolean {
  const { length } = key;
  for (let at = 0; at < length; at++) {
    const code = key.charCodeAt(at);
    if (code !== bytes[start + at] || code >= 0x80) return false;
  }
  return true;
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x80) return false;
  return true;
}
