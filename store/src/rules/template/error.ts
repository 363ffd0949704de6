/** A template cannot be parsed or executed; the message is Go's, with the place: `template: NAME:LINE:COLUMN: …`. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}
