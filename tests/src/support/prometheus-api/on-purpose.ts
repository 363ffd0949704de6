import type { Rules } from "./compare.js";

/** Answers that may differ, and why. */
export interface OnPurpose extends Rules {
  readonly title: RegExp;
  readonly reason: string;
}

/** What a server says about itself: only the shape is compared. */
const aboutItself: readonly OnPurpose[] = [
  {
    title: /stats=/,
    reason: "durations; and Prometheus counts a sample once for every step that looks at it",
    volatile: [
      ..."evalTotalTime resultSortTime queryPreparationTime innerEvalTime execQueueTime execTotalTime".split(" "),
      ..."totalQueryableSamples samplesRead peakSamples".split(" "),
    ],
  },
  {
    title: /status\/buildinfo/,
    reason: "another build",
    volatile: ["revision", "branch", "buildUser", "buildDate", "goVersion"],
  },
  {
    title: /status\/runtimeinfo/,
    reason: "another process",
    volatile: [
      ..."startTime CWD hostname serverTime lastConfigTime goroutineCount GOMAXPROCS GOMEMLIMIT GOGC".split(" "),
      "storageRetention",
    ],
  },
  {
    title: /status\/tsdb/,
    reason: "the store has no chunks of a head; equals come in any order",
    volatile: ["chunkCount", "name"],
  },
  {
    title: /^GET \| \/api\/v1\/(status\/(flags|config|self_metrics)|features)$/,
    reason: "settings of its own",
    isBodyOwn: true,
  },
  { title: /\/-\/(ready|healthy)/, reason: "the name of the server", isBodyOwn: true },
];

const own: readonly OnPurpose[] = [
  {
    title: /v1\/query\?query=(histogram_quantile|count_values)/,
    reason: "Prometheus takes the groups from a Go map",
    isUnordered: true,
  },
  { title: /match(%5B%5D|\[\])=(?!\{\}|\{job="")/, reason: "words for what is no selector", isTextOwn: true },
  { title: /query=(up\[5x\]|0x|label_replace\(up, "\\xff")/, reason: "words of the parser", isTextOwn: true },
  {
    title: /(federate|targets\/metadata).*match(\[\]|_target)=(\{\}|\{job=""\})$/,
    reason: "nobody selects every series by mistake",
    isOther: true,
  },
  {
    title: /(time|start|end)=(1_000|NaN|Inf|-?29\d{7}-)/,
    reason: "no number that Go would make of them",
    isOther: true,
  },
  {
    title: /timeout=(-1|-1m|0|0s|NaN)$/,
    reason: "a timeout, where Prometheus says so or calls the query bad",
    isOther: true,
  },
  { title: /label\/job\/values\?limit=1$/, reason: "which values a limit leaves is not said", isOther: true },
  { title: /label\/a\/b\/values/, reason: "a slash in a name may be escaped", isOther: true },
  { title: /label\/%FF\/values/, reason: "broken UTF-8 has words of its own", isTextOwn: true },
  { title: /relabel_steps.*labels=x$/, reason: "words of the JSON parser", isTextOwn: true },
  {
    title: /broken (snappy|protobuf|gzip|\W|"x")|an empty body|: broken $/,
    reason: "words of the decoders",
    isTextOwn: true,
  },
  { title: /another value for its time|good and bad ones/, reason: "neither value is told", isTextOwn: true },
  { title: /otlp.*(an older sample|a sample of next hour)/, reason: "refused samples are counted", isTextOwn: true },
];

/** The first that fits a request decides. */
export const onPurpose: readonly OnPurpose[] = [...aboutItself, ...own];
