/** How k6 is started. Uses only flags that k6 1.x and 2.x share. */

export interface K6CommandSettings {
  readonly script: string;
  readonly userArgs: readonly string[];
  readonly testId: string;
  readonly csvFile: string;
  /** Undefined: k6's samples go to the CSV file alone. */
  readonly remoteWriteUrl: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface K6Command {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** A script that k6 reads from its standard input. */
  readonly input?: string;
}

/**
 * The user's script and arguments go through unchanged. What is added: samples to a CSV file, from which progress and
 * exact percentiles are made, and to Prometheus, tagged `testid`; logs as JSON; no progress bars; no control port (a
 * second k6 would collide with it). A flag that the user gave is left to the user.
 */
export function k6Command({ script, userArgs, testId, csvFile, remoteWriteUrl, env }: K6CommandSettings): K6Command {
  const args = ["run", "--quiet"];
  if (!hasFlag(userArgs, "--log-format")) args.push("--log-format", "json");
  if (!hasFlag(userArgs, "--address", "-a")) args.push("--address", "");
  args.push("--out", "csv");
  if (remoteWriteUrl !== undefined) args.push("--out", "experimental-prometheus-rw");
  args.push("--tag", `testid=${testId}`, ...userArgs, script);
  return {
    args,
    env: {
      K6_NO_USAGE_REPORT: "true",
      K6_PROMETHEUS_RW_PUSH_INTERVAL: "2s",
      ...env,
      K6_CSV_FILENAME: csvFile,
      K6_CSV_TIME_FORMAT: "unix_milli",
      K6_CSV_SAVE_INTERVAL: "500ms",
      ...(remoteWriteUrl === undefined ? {} : { K6_PROMETHEUS_RW_SERVER_URL: remoteWriteUrl }),
      K6_PROMETHEUS_RW_TREND_STATS: "p(50),p(90),p(95),p(99),avg,max,count",
      K6_PROMETHEUS_RW_STALE_MARKERS: "true",
    },
  };
}

function hasFlag(args: readonly string[], ...names: readonly string[]): boolean {
  return args.some((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
}

/** The user's arguments as a report may show them: `-e TOKEN=…` without the value. */
export function withoutSecrets(userArgs: readonly string[]): string[] {
  const hide = (pair: string): string => pair.replace(/=.*/s, "=…");
  return userArgs.map((arg, index) => {
    const before = userArgs[index - 1];
    if (before === "-e" || before === "--env") return hide(arg);
    if (/^(-e|--env=)./.test(arg)) return arg.replace(/^(-e|--env=)([^=]*)=.*/s, "$1$2=…");
    return arg;
  });
}
