import type { JSX } from "preact";

/** The same colour for the same service on every page: a hue from its name. */
export function hue(service: string): number {
  let hash = 2166136261;
  for (let i = 0; i < service.length; i++) hash = Math.imul(hash ^ service.charCodeAt(i), 16777619);
  return (hash >>> 0) % 360;
}

/** A service's name behind a dot of its colour. */
export function ServiceName(props: { readonly name: string; readonly note?: string }): JSX.Element {
  return (
    <span class="service">
      <i class="dot" style={{ "--hue": hue(props.name) }} />
      {props.name}
      {props.note && <small> {props.note}</small>}
    </span>
  );
}
