import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** Every panel and variable goes through this variable, so a dashboard works with whatever the data source is called. */
export const datasource: { type: string; uid: string } = { type: "prometheus", uid: "$datasource" };

/** The data source picker. */
export function datasourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder("datasource")
    .label("Data source")
    .description("A Prometheus, or anything that answers its HTTP API, such as the embedded store.")
    .type("prometheus");
}

/**
 * A multi-value variable with "All".
 * @param allValue what "All" puts into a `=~` matcher: `.+` asks for the label, `.*` also takes series without it
 */
export function labelVariable(o: {
  name: string;
  label: string;
  description: string;
  query: string;
  allValue: ".+" | ".*";
}): QueryVariableBuilder {
  return new QueryVariableBuilder(o.name)
    .label(o.label)
    .description(o.description)
    .datasource(datasource)
    .query({ query: o.query, refId: `variable-${o.name}` })
    .definition(o.query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .allValue(o.allValue)
    .current({ selected: true, text: ["All"], value: ["$__all"] });
}

/** `$job` and `$instance`, read from the series that `matchers` select. */
export function jobAndInstance(matchers: string): QueryVariableBuilder[] {
  return [
    labelVariable({
      name: "job",
      label: "Job",
      description: "The service: service.namespace/service.name, or service.name alone.",
      query: `label_values({${matchers}}, job)`,
      allValue: ".+",
    }),
    labelVariable({
      name: "instance",
      label: "Instance",
      description: "One process of the service (service.instance.id).",
      query: `label_values({${matchers}, job=~"$job"}, instance)`,
      allValue: ".*",
    }),
  ];
}
