import {
  type Exposition,
  ExpositionError,
  type LabelPairs,
  type MetricMetadata,
  type MetricType,
  type ParsedExemplar,
  type ParsedSample,
} from "./exposition.js";

/** Text that is no exposition: line counts from 1. */
export class TextError extends ExpositionError {
  override readonly name = "TextError";
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

const TYPES: readonly string[] = [
  "counter",
  "gauge",
  "histogram",
  "summary",
  "unknown",
  "info",
  "stateset",
  "gaugehistogram",
];

/**
 * Parses Prometheus text format 0.0.4 and 1.0.0, or OpenMetrics 1.0.
 * @throws TextError at the first line that is neither.
 */
export function parseText(text: string, openMetrics: boolean): Exposition {
  const parser = new Parser(openMetrics);
  let start = 0;
  while (start < text.length) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    parser.line(text.charCodeAt(end - 1) === CARRIAGE_RETURN ? text.slice(start, end - 1) : text.slice(start, end));
    start = end + 1;
  }
  return parser.finish();
}

const CARRIAGE_RETURN = 13;

class Parser {
  private readonly samples: ParsedSample[] = [];
  private readonly metadata = new Map<string, MetricMetadata>();
  private readonly openMetrics: boolean;
  private number = 0;
  private ended = false;
  private text = "";
  private at = 0;

  constructor(openMetrics: boolean) {
    this.openMetrics = openMetrics;
  }

  line(text: string): void {
    this.number++;
    this.text = text;
    this.at = 0;
    this.skipBlanks();
    if (this.at === text.length) return;
    if (this.ended) throw this.error("data after # EOF");
    if (text[this.at] === "#") this.comment();
    else this.sample();
  }

  finish(): Exposition {
    if (this.openMetrics && !this.ended) throw this.error("# EOF is missing");
    return { samples: this.samples, metadata: this.metadata };
  }

  private comment(): void {
    if (this.openMetrics && this.text === "# EOF") {
      this.ended = true;
      return;
    }
    const match = /^#\s*(HELP|TYPE|UNIT)\s+("(?:[^"\\]|\\.)*"|\S+)(?:\s(.*))?$/.exec(this.text);
    if (match === null) return;
    const [, keyword, rawName, rest = ""] = match;
    const name = (rawName as string).startsWith('"')
      ? unescapeText((rawName as string).slice(1, -1))
      : (rawName as string);
    const family = this.family(name);
    if (keyword === "HELP") family.help = unescapeText(rest);
    else if (keyword === "UNIT") family.unit = rest.trim();
    else family.type = this.metricType(rest.trim());
  }

  private metricType(text: string): MetricType {
    if (text === "untyped") return "unknown";
    if (TYPES.includes(text)) return text as MetricType;
    throw this.error(`unknown metric type "${text}"`);
  }

  private family(name: string): MetricMetadata {
    let family = this.metadata.get(name);
    if (family === undefined) this.metadata.set(name, (family = { type: "unknown", help: "", unit: "" }));
    return family;
  }

  private sample(): void {
    let name = this.name();
    let labels: LabelPairs = NO_LABELS;
    this.skipBlanks();
    if (this.text[this.at] === "{") {
      const inside = this.labels();
      labels = inside.labels;
      // UTF-8 names stand between the braces: {"http.requests",method="GET"} 1
      if (name === "") name = inside.name;
    }
    if (name === "") throw this.error("metric name expected");
    const value = this.numberToken("value");
    const timestampMs = this.timestamp();
    const exemplar = this.exemplar();
    this.skipBlanks();
    if (this.at < this.text.length) throw this.error(`unexpected "${this.text.slice(this.at, this.at + 20)}"`);
    const exemplars = exemplar === undefined ? undefined : [exemplar];
    this.samples.push({ name, labels, value, timestampMs, exemplars });
  }

  private name(): string {
    const start = this.at;
    while (this.at < this.text.length && isNameChar(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  private labels(): { name: string; labels: LabelPairs } {
    const labels: [string, string][] = [];
    let metric = "";
    this.at++;
    for (;;) {
      this.skipBlanks();
      if (this.text[this.at] === "}") {
        this.at++;
        return { name: metric, labels };
      }
      const quoted = this.text[this.at] === '"';
      const name = quoted ? this.quoted() : this.name();
      if (name === "") throw this.error("label name expected");
      this.skipBlanks();
      if (this.text[this.at] === "=") {
        this.at++;
        this.skipBlanks();
        labels.push([name, this.quoted()]);
      } else if (quoted && metric === "") metric = name;
      else throw this.error(`"=" expected after label ${name}`);
      this.skipBlanks();
      if (this.text[this.at] === ",") this.at++;
      else if (this.text[this.at] !== "}") throw this.error('"," or "}" expected');
    }
  }

  private quoted(): string {
    if (this.text[this.at] !== '"') throw this.error('"\\"" expected');
    const start = ++this.at;
    let escaped = false;
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at];
      if (char === "\\") {
        escaped = true;
        this.at++;
      } else if (char === '"') {
        const raw = this.text.slice(start, this.at++);
        return escaped ? unescapeText(raw) : raw;
      }
    }
    throw this.error("label value has no end");
  }

  private numberToken(what: string): number {
    const token = this.token();
    const value = parseNumber(token);
    if (value === undefined) throw this.error(`${what} expected, got "${token}"`);
    return value;
  }

  /** Prometheus refuses NaN and infinities too. */
  private timeToken(what: string): number {
    const value = this.numberToken(what);
    if (!Number.isFinite(value * 1000)) throw this.error(`invalid ${what} ${value}`);
    return value;
  }

  private timestamp(): number | undefined {
    this.skipBlanks();
    if (this.at === this.text.length || this.text[this.at] === "#") return undefined;
    const value = this.timeToken("timestamp");
    return this.openMetrics ? Math.round(value * 1000) : value;
  }

  private exemplar(): ParsedExemplar | undefined {
    this.skipBlanks();
    if (!this.openMetrics || this.text[this.at] !== "#") return undefined;
    this.at++;
    this.skipBlanks();
    if (this.text[this.at] !== "{") throw this.error("exemplar labels expected");
    const { labels } = this.labels();
    const value = this.numberToken("exemplar value");
    this.skipBlanks();
    if (this.at === this.text.length) return { labels, value };
    return { labels, value, timestampMs: Math.round(this.timeToken("exemplar timestamp") * 1000) };
  }

  private token(): string {
    this.skipBlanks();
    const start = this.at;
    while (this.at < this.text.length && !isBlank(this.text.charCodeAt(this.at))) this.at++;
    return this.text.slice(start, this.at);
  }

  private skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.at))) this.at++;
  }

  private error(message: string): TextError {
    return new TextError(this.number, message);
  }
}

const NO_LABELS: LabelPairs = [];

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Letters, digits, `_` and `:`; a first digit is let through, as in Prometheus 3. */
function isNameChar(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 58) || code === 95;
}

function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/gs, (whole, char: string) =>
    char === "n" ? "\n" : char === "\\" || char === '"' ? char : whole,
  );
}

/** As Go's ParseFloat for what expositions hold; undefined for anything else. */
function parseNumber(token: string): number | undefined {
  const value = Number(token);
  if (!Number.isNaN(value) && token !== "" && token !== "Infinity" && !/^[-+]?0[xbo]/i.test(token)) return value;
  if (/^\+?inf(inity)?$/i.test(token)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/i.test(token)) return Number.NEGATIVE_INFINITY;
  return /^nan$/i.test(token) ? Number.NaN : undefined;
}
