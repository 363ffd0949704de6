import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { PromQLExtension } from "@prometheus-io/codemirror-promql";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Colours of styles.css, so that they follow light and dark. */
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: tags.function(tags.variableName), color: "var(--code-keyword)" },
  { tag: tags.labelName, color: "var(--code-label)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--muted)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

/** A field for PromQL with completion from the store's names. Enter runs it, Shift-Enter is a new line. */
export default function PromqlEditor(props: {
  readonly value: string;
  readonly onRun: (expression: string) => void;
  /** What is typed, as it is typed. */
  readonly onInput: (expression: string) => void;
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>();
  const newest = useRef(props);
  newest.current = props;

  useEffect(() => {
    if (!box.current) return;
    const promql = new PromQLExtension().setComplete({
      remote: { url: "", httpMethod: "GET" },
      maxMetricsMetadata: 10_000,
    });
    const run = (target: EditorView): boolean => {
      newest.current.onRun(target.state.doc.toString());
      return true;
    };
    view.current = new EditorView({
      parent: box.current,
      state: EditorState.create({
        doc: newest.current.value,
        extensions: [
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          syntaxHighlighting(highlight),
          promql.asExtension(),
          placeholder("An expression, such as sum by (job) (rate(http_server_request_duration_seconds_count[1m]))"),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "PromQL expression" }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) newest.current.onInput(state.doc.toString());
          }),
          keymap.of([...closeBracketsKeymap, ...historyKeymap, ...lintKeymap]),
          // After the completion's own Enter, which has the highest precedence while its list is open.
          Prec.high(keymap.of([{ key: "Enter", run, shift: () => false }])),
          keymap.of(defaultKeymap),
        ],
      }),
    });
    return () => {
      view.current?.destroy();
      promql.destroy();
    };
  }, []);

  useEffect(() => {
    const { current } = view;
    if (!current || current.state.doc.toString() === props.value) return;
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: props.value } });
  }, [props.value]);

  return <div ref={box} class="promql" />;
}
