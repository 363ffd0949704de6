import { OttlError } from "../values.js";

const STANDARD = /^[A-Za-z0-9+/]*$/;
const URL_SAFE = /^[A-Za-z0-9\-_]*$/;

/** Reads bytes in an encoding (base64 in four variants, or a character set) as text. @throws OttlError */
export function decoderOf(encoding: string): (bytes: Uint8Array) => string {
  switch (encoding) {
    case "base64":
      return base64(STANDARD, true);
    case "base64-raw":
      return base64(STANDARD, false);
    case "base64-url":
      return base64(URL_SAFE, true);
    case "base64-raw-url":
      return base64(URL_SAFE, false);
  }
  try {
    const decoder = new TextDecoder(encoding, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch (error) {
    throw new OttlError(`unsupported encoding '${encoding}'`, { cause: error });
  }
}

function base64(alphabet: RegExp, isPadded: boolean): (bytes: Uint8Array) => string {
  return (bytes) => {
    // Line breaks between are allowed.
    const text = Buffer.from(bytes)
      .toString("latin1")
      .replace(/[\r\n]/g, "");
    const digits = isPadded ? text.replace(/={1,2}$/, "") : text;
    const isWhole = isPadded ? text.length % 4 === 0 : digits.length % 4 !== 1;
    if (!alphabet.test(digits) || !isWhole) throw new OttlError("illegal base64 data");
    return Buffer.from(digits, "base64").toString("utf8");
  };
}
