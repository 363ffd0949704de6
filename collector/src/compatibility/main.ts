import { writeFileSync } from "node:fs";
import { compatibilityDocument, readUpstreamOptions } from "./document.js";
import { ottlDocument } from "./ottl-document.js";

const folder = new URL("../../../docs/collector/", import.meta.url);
writeFileSync(new URL("compatibility.md", folder), compatibilityDocument(readUpstreamOptions()));
writeFileSync(new URL("ottl.md", folder), ottlDocument());
