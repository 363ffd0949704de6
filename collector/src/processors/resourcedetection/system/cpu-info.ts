import { ARM_MODELS, VENDORS } from "./arm-names.js";

/** What /proc/cpuinfo says of the first processor; empty where it says nothing. */
export interface CpuInfo {
  readonly vendorId: string;
  readonly family: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly stepping: number;
  /** As the kernel counts it: in KiB. */
  readonly cacheSize: number;
}

/** Keys of the architectures, in lower case → what they say. */
const KEYS: Readonly<
  Record<string, "vendor" | "implementer" | "family" | "model" | "modelName" | "stepping" | "cache">
> = {
  vendorid: "vendor",
  vendor_id: "vendor",
  "cpu implementer": "implementer",
  "cpu family": "family",
  model: "model",
  "cpu part": "model",
  "model name": "modelName",
  cpu: "modelName",
  uarch: "modelName",
  stepping: "stepping",
  revision: "stepping",
  "cpu revision": "stepping",
  "cache size": "cache",
};

/** @param text The file. */
export function parseCpuInfo(text: string): CpuInfo {
  const said = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const key = line.slice(0, colon).trim();
    // The second processor begins.
    if (key === "processor" && said.has("processor")) break;
    said.set(key === "processor" ? key : (KEYS[key.toLowerCase()] ?? key), line.slice(colon + 1).trim());
  }
  const implementer = said.get("implementer");
  const vendorId = implementer === undefined ? (said.get("vendor") ?? "") : (VENDORS[Number(implementer)] ?? "");
  const modelId = said.get("model") ?? "";
  const power = (said.get("modelName") ?? "").includes("POWER");
  return {
    vendorId: power ? "IBM" : vendorId,
    family: power ? "POWER" : (said.get("family") ?? ""),
    modelId: power ? ((said.get("modelName") ?? "").split(" ")[0] ?? "") : modelId,
    modelName: vendorId === "ARM" ? (ARM_MODELS[Number(modelId)] ?? "Undefined") : (said.get("modelName") ?? ""),
    stepping: Number.parseInt(said.get("stepping") ?? "0", 10) || 0,
    cacheSize: Number.parseInt(said.get("cache") ?? "0", 10) || 0,
  };
}
