export { type PositionRange, PromqlError, type PromqlErrorKind } from "./errors.js";
export { toText } from "./parser/format.js";
export { parse, parseSelector } from "./parser/parse.js";
export { format } from "./parser/pretty.js";
