import { writeFileSync } from "node:fs";
import { compatibilityDocument, readUpstreamOptions } from "./document.js";

const file = new URL("../../../docs/collector/compatibility.md", import.meta.url);
writeFileSync(file, compatibilityDocument(readUpstreamOptions()));
