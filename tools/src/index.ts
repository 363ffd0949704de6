export { type ArchivePin, pins, type ToolName, type ToolPin } from "./pins.js";
export {
  cacheDir,
  cachedPath,
  type ResolvedTool,
  type ResolveOptions,
  resolveTool,
  ToolNotFoundError,
} from "./resolve.js";
