import { z } from "zod";
import { httpUrl } from "../../../config/schema-types.js";
import { prometheusDuration } from "../duration.js";
import { checkHttpOptions, httpOptions } from "../http-options.js";
import { ScrapeClient } from "../scrape-client.js";
import type { DiscoveryFactory } from "./discovery.js";
import { refreshing } from "./refresher.js";
import { readTargetList } from "./target-list.js";

const schema = z
  .strictObject({ ...httpOptions, url: httpUrl(), refresh_interval: prometheusDuration("1m") })
  .superRefine(checkHttpOptions);

/** What a list of targets may be at most. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Targets that a service lists as JSON. */
export const httpDiscovery: DiscoveryFactory<z.infer<typeof schema>> = {
  key: "http_sd_configs",
  schema,
  create: (config, context) => {
    const client = new ScrapeClient(`${context.what}, http_sd ${config.url}`, config);
    const headers = {
      accept: "application/json",
      "x-prometheus-refresh-interval-seconds": String(config.refresh_interval / 1000),
    };
    const read = async (abort: AbortSignal) => {
      const limit = AbortSignal.any([abort, AbortSignal.timeout(config.refresh_interval)]);
      const { body, contentType } = await client.get(config.url, headers, { bodyBytes: MAX_BODY_BYTES, abort: limit });
      if (!/^application\/json\s*(;\s*charset="?utf-?8"?\s*)?$/i.test(contentType)) {
        throw new Error(`unsupported content type ${JSON.stringify(contentType)}`);
      }
      return readTargetList(JSON.parse(body.toString("utf8")), { __meta_url: config.url });
    };
    return refreshing(context, config.refresh_interval, read, () => client.close());
  },
};
