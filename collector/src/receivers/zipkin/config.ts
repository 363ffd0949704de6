import { z } from "zod";
import { httpServerOptions } from "../../net/http-server-config.js";

export const zipkinReceiverSchema = z.strictObject({
  ...httpServerOptions("127.0.0.1:9411"),
  /** Tags that look like integers, decimals or booleans become those. */
  parse_string_tags: z.boolean().default(false),
});

export type ZipkinReceiverConfig = z.infer<typeof zipkinReceiverSchema>;
