import { type Batch, BatchEditor, RESOURCE_OR_SCOPE } from "@venturi/otlp";
import { z } from "zod";
import type { Consumer, Outcome, Processor, ProcessorFactory } from "../../component.js";
import { passOn } from "../../lease.js";
import { actionsSchema } from "../attributes/action-config.js";
import { type Action, compileActions } from "../attributes/actions.js";

const resourceSchema = z.strictObject({ attributes: actionsSchema });

export type ResourceConfig = z.infer<typeof resourceSchema>;

/** Changes the attributes of resources. */
export const resourceProcessor: ProcessorFactory<ResourceConfig> = {
  kind: "processor",
  type: "resource",
  schema: resourceSchema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, _signal, next) => new Resource(config, next),
};

const ATTRIBUTES = 1;

class Resource implements Processor {
  private readonly apply: Action;
  private readonly next: Consumer;
  private readonly editor = new BatchEditor();

  constructor(config: ResourceConfig, next: Consumer) {
    this.apply = compileActions(config.attributes);
    this.next = next;
  }

  async start(): Promise<void> {}

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const { editor } = this;
    const changed = editor.edit(batch, false, () => {
      this.apply(editor.resource.message.message(RESOURCE_OR_SCOPE).attributes(ATTRIBUTES));
      return true;
    });
    if (changed !== batch) passOn([batch], [changed]);
    return this.next.consume(changed);
  }

  async shutdown(): Promise<void> {}
}
