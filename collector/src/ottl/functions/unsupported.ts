const XML = "XML is not read";

/** Functions of the Collector 0.155 that are not there, and why: they are refused by name. */
export const UNSUPPORTED_FUNCTIONS: Readonly<Record<string, string>> = {
  ConvertAttributesToElementsXML: XML,
  ConvertTextToElementsXML: XML,
  GetXML: XML,
  InsertXML: XML,
  ParseSimplifiedXML: XML,
  ParseXML: XML,
  RemoveXML: XML,
  ExtractGrokPatterns: "there are no grok patterns; ExtractPatterns takes regular expressions",
  UserAgent: "there is no table of browsers",
  ProfileID: "there are no profiles",
  ParseCLF: "ExtractPatterns can take such lines apart",
  ParseLEEF: "ExtractPatterns and ParseKeyValue can take such lines apart",
  set_semconv_span_name: "instrumentation should name spans; set(span.name, …) renames them",
  aggregate_on_attributes: "data points are not merged",
  aggregate_on_attribute_value: "data points are not merged",
  merge_histogram_buckets: "data points are not merged",
  convert_exponential_histogram_to_histogram: "the Prometheus exporters write exponential histograms as native ones",
  convert_summary_count_val_to_sum: "extract_count_metric makes such a metric, once and not for each data point",
  convert_summary_sum_val_to_sum: "extract_sum_metric makes such a metric, once and not for each data point",
  extract_percentile_metric: "percentiles are computed by queries",
};
