import Module from "node:module";

/**
 * Registers the `import-in-the-middle` loader hook for the named packages.
 *
 * What this package instruments itself does not need it (see `instrumentations/express.ts`), so it is off: on
 * Node 20 it is a thread that costs 100 ms of start-up. It is for third-party instrumentations of ES modules, and for
 * apps whose own loader hooks supply the source of CommonJS packages, which then bypass the require hook.
 */
export function registerEsmHook(packages: readonly string[]): void {
  Module.register("@opentelemetry/instrumentation/hook.mjs", import.meta.url, { data: { include: packages } });
}
