/** Parameters of a URL or a form body. */
export interface Form {
  readonly parameters: URLSearchParams;
  /** The first thing that is wrong with the text, in Go's words. The parts that are wrong are left out. */
  readonly problem?: string;
}

const brokenEscape = /%(?![0-9a-fA-F]{2}).{0,2}/s;

/** Reads `a=1&b=2` as Go does: a part with a semicolon or a broken escape is no parameter. */
export function parseForm(text: string): Form {
  let problem: string | undefined;
  const good = text.split("&").filter((part) => {
    const found = problemOf(part);
    problem ??= found;
    return found === undefined;
  });
  const parameters = new URLSearchParams(good.join("&"));
  return problem === undefined ? { parameters } : { parameters, problem };
}

/** Several forms as one; a parameter's first value is that of the first form. */
export function joinForms(forms: readonly Form[]): Form {
  const parameters = new URLSearchParams(forms.flatMap((form) => [...form.parameters]));
  const problem = forms.find((form) => form.problem !== undefined)?.problem;
  return problem === undefined ? { parameters } : { parameters, problem };
}

/** A `multipart/form-data` body; files in it, and what cannot be read, are left out. */
export async function parseMultipart(body: Uint8Array, contentType: string): Promise<Form> {
  const parameters = new URLSearchParams();
  try {
    const data = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
    for (const [name, value] of data) if (typeof value === "string") parameters.append(name, value);
    return { parameters };
  } catch (cause) {
    return { parameters, problem: (cause as Error).message };
  }
}

function problemOf(part: string): string | undefined {
  if (part.includes(";")) return "invalid semicolon separator in query";
  const broken = brokenEscape.exec(part)?.[0];
  return broken === undefined ? undefined : `invalid URL escape ${JSON.stringify(broken)}`;
}
