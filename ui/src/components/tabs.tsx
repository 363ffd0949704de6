import type { ComponentChildren, JSX } from "preact";

/** Views of the same thing. Arrow keys move between the tabs. */
export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly tabs: readonly (readonly [name: T, title: string])[];
  readonly chosen: T;
  readonly onChoose: (name: T) => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { tabs, chosen } = props;
  const move = (element: HTMLElement, by: number): void => {
    const index = (tabs.findIndex(([name]) => name === chosen) + by + tabs.length) % tabs.length;
    const [name] = tabs[index] ?? [chosen];
    props.onChoose(name);
    element.parentElement?.querySelector<HTMLElement>(`[data-tab="${name}"]`)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={props.label}>
        {tabs.map(([name, title]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            data-tab={name}
            aria-selected={name === chosen}
            aria-controls="tab-panel"
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => props.onChoose(name)}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") move(event.currentTarget, 1);
              else if (event.key === "ArrowLeft") move(event.currentTarget, -1);
            }}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${chosen}`}>
        {props.children}
      </div>
    </>
  );
}
