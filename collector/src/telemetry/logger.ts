export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line per event, in the Collector's console style: time, level, message, fields as JSON, tab-separated. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level?: LogLevel | "none";
  readonly encoding?: "console" | "json";
  readonly fields?: LogFields;
  readonly now?: () => Date;
}

const ORDER = { debug: 0, info: 1, warn: 2, error: 3, none: 4 } as const;

export function createLogger(write: (line: string) => void, options: LoggerOptions = {}): Logger {
  const minimum = ORDER[options.level ?? "info"];
  const render = options.encoding === "json" ? renderJson : renderConsole;
  const now = options.now ?? (() => new Date());
  const build = (base: LogFields): Logger => {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      if (ORDER[level] < minimum) return;
      write(render(now().toISOString(), level, message, fields === undefined ? base : { ...base, ...fields }));
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      with: (fields) => build({ ...base, ...fields }),
    };
  };
  return build(options.fields ?? {});
}

function renderConsole(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const suffix = Object.keys(fields).length === 0 ? "" : `\t${stringify(fields)}`;
  return `${time}\t${level}\t${singleLine(message)}${suffix}`;
}

function renderJson(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return stringify({ level, ts: time, msg: message, ...fields });
}

/** A log line stays a line: a message from outside cannot fake a second one. */
function singleLine(message: string): string {
  return message.replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

function stringify(value: LogFields): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
}
