import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

/** What to say when there is nothing to show, and what to do about it. */
export function Empty(props: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="empty">
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** A command to type into a terminal, with a button that copies it. */
export function Command(props: { readonly text: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  return (
    <div class="command">
      <code>{props.text}</code>
      <button
        type="button"
        onClick={async () => {
          await navigator.clipboard.writeText(props.text);
          setCopied(true);
        }}
      >
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

/** A failure, in the words of whoever failed. */
export function Failure(props: { readonly error: Error | undefined }): JSX.Element | null {
  if (!props.error) return null;
  return (
    <p class="failure" role="alert">
      {props.error.message}
    </p>
  );
}

/** Shown instead of content that is on its way for the first time. */
export function Loading(): JSX.Element {
  return (
    <p class="loading" role="status">
      Loading…
    </p>
  );
}
