/** The three OTLP signals that have the shape "field 1, repeated Resource*". */
export type Signal = "traces" | "metrics" | "logs";
