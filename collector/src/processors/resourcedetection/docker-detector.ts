import type { EditValue } from "@venturi/otlp";
import { type Detector, SCHEMA_URL } from "./detector.js";
import type { DockerApi } from "./docker-api.js";
import type { Toggles } from "./toggles.js";

export const DOCKER_ATTRIBUTES = {
  "container.image.name": false,
  "container.name": false,
  "host.name": true,
  "os.type": true,
} as const;

/**
 * What the Docker daemon says about its host, and about the container that is named like this one.
 * The container is only asked for when one of its attributes is wanted, so a collector beside the containers may use this too.
 */
export function dockerDetector(api: DockerApi, toggles: Toggles<typeof DOCKER_ATTRIBUTES>, hostname: string): Detector {
  return {
    name: "docker",
    detect: async (signal) => {
      const attributes = new Map<string, EditValue>();
      const put = (key: keyof typeof DOCKER_ATTRIBUTES, value: unknown): void => {
        if (toggles[key].enabled && typeof value === "string") attributes.set(key, value);
      };
      const info = await api("/info", signal);
      put("host.name", info.Name);
      put("os.type", info.OSType);
      if (toggles["container.name"].enabled || toggles["container.image.name"].enabled) {
        const container = await api(`/containers/${encodeURIComponent(hostname)}/json`, signal);
        put("container.name", container.Name);
        put("container.image.name", container.Image);
      }
      return { attributes, schemaUrl: SCHEMA_URL };
    },
  };
}
