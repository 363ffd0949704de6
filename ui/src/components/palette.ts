/** Hues that stay apart beside each other, also for most who see colours differently; then they repeat. */
const hues = [195, 30, 275, 140, 345, 55, 225, 95] as const;

/** The hue of the series at an index, in degrees. */
export function seriesHue(index: number): number {
  return hues[index % hues.length] ?? 0;
}

/** Whether the visitor's system asks for dark pages; canvases cannot use `light-dark()`. */
export function isDark(): boolean {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The colour of a series, for a canvas. */
export function seriesColor(index: number, dark: boolean): string {
  return dark ? `hsl(${seriesHue(index)} 60% 62%)` : `hsl(${seriesHue(index)} 70% 38%)`;
}

/** The value of a colour of styles.css, for a canvas. */
export function cssColor(name: "line" | "muted" | "text" | "card" | "bad" | "accent"): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
