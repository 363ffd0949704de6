import type { TransformContext } from "../context.js";
import { attributes, type PathTable, string, uint32 } from "./access.js";

const SCHEMA_URL = 3;

const resource = (context: TransformContext) => context.resource;
const resourceLevel = (context: TransformContext) => context.resourceLevel;
const scope = (context: TransformContext) => context.scope;
const scopeLevel = (context: TransformContext) => context.scopeLevel;

export const RESOURCE_PATHS: PathTable = {
  attributes: attributes((context) => context.resource.attributes(1)),
  dropped_attributes_count: uint32(resource, 2),
  schema_url: string(resourceLevel, SCHEMA_URL),
};

export const SCOPE_PATHS: PathTable = {
  name: string(scope, 1),
  version: string(scope, 2),
  attributes: attributes((context) => context.scope.attributes(3)),
  dropped_attributes_count: uint32(scope, 4),
  schema_url: string(scopeLevel, SCHEMA_URL),
};
