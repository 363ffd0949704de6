import { jsonAnswer } from "./answer.js";
import type { Endpoint } from "./endpoint.js";

function names(text: string, isOn: boolean): [string, boolean][] {
  return text.split(/\s+/).flatMap((name) => (name === "" ? [] : [[name, isOn] as [string, boolean]]));
}

/** One category: what there is, then what Prometheus has and we have not, or not without its feature flag. */
function category(on: string, off = ""): Record<string, boolean> {
  return Object.fromEntries([...names(on, true), ...names(off, false)].sort());
}

const features: Readonly<Record<string, Record<string, boolean>>> = {
  api: category(
    `exclude_alerts label_values_match otlp_write_receiver query_stats query_warnings remote_write_receiver
     time_range_labels time_range_series`,
    "admin lifecycle openapi_3.1 openapi_3.2 search search_fuzz_alg_jarowinkler search_fuzz_alg_subsequence",
  ),
  otlp_receiver: category("", "delta_conversion native_delta_ingestion"),
  prometheus: category("server_mode", "agent_mode auto_reload_config stringlabels"),
  promql: category(
    `at_modifier bool by duration_expr group_left group_right ignoring negative_offset offset on
     per_query_lookback_delta subqueries without`,
    "anchored delayed_name_removal fill fill_left fill_right per_step_stats smoothed type_and_unit_labels",
  ),
  promql_functions: category(
    `abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max clamp_min
     cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp first_over_time
     floor histogram_avg histogram_count histogram_fraction histogram_quantile histogram_stddev histogram_stdvar
     histogram_sum hour idelta increase irate label_join label_replace last_over_time ln log10 log2 max_over_time
     min_over_time minute month pi predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn
     sin sinh sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector year`,
    `double_exponential_smoothing end histogram_quantiles info mad_over_time max_of min_of range sort_by_label
     sort_by_label_desc start start_timestamp step ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time
     ts_of_min_over_time`,
  ),
  promql_operators: category(
    `!= !~ % * + - / < </ <= == =~ > >/ >= @ ^ and atan2 avg bottomk count count_values group max min or quantile stddev
     stdvar sum topk unless`,
    "limit_ratio limitk",
  ),
  rules: category("keep_firing_for query_offset", "concurrent_rule_eval"),
  tsdb: category("exemplar_storage isolation native_histograms", "delayed_compaction st_storage"),
};

/** `features`: what a client may count on, in Prometheus' names. */
export const featuresEndpoint: Endpoint = { methods: ["GET"], answer: () => jsonAnswer(features) };
