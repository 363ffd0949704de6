/** The constants of the method. docs/analysis/rca.md tells how much each one matters. */
export interface RcaSettings {
  /** Standard deviations of its own noise below which what a node adds counts for nothing. */
  readonly noiseGate: number;
  /** Share of the windows of a normal time in which an incident may be seen. */
  readonly falseAlarms: number;
  /** Intervals after the alert that belong to the incident; later ones may show recovery, or the next one. */
  readonly intervalsAfter: number;
  /** The noise of a node with few rows is drawn towards that of the others as if that brought this many rows. */
  readonly sharedRows: number;
}

export const defaultRcaSettings: RcaSettings = {
  noiseGate: 3,
  falseAlarms: 0.02,
  intervalsAfter: 2,
  sharedRows: 5,
};
