import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { urlScript, writeScript } from "@venturi/loadtest";

/** Where a run's script comes from and how much load it makes. */
export interface LoadSource {
  readonly url?: string;
  readonly openapi?: string;
  readonly vus?: string;
  readonly rate?: string;
  readonly duration?: string;
  readonly stages?: string;
}

export interface ScriptToRun {
  readonly script: string;
  readonly k6Args: readonly string[];
  /** Takes a script that was made for the run away. */
  remove(): Promise<void>;
}

/**
 * The user's script, or one made for `--url`. Load options become those of k6; `--rate` is known to made scripts only, as
 * a script of one's own says how it makes its load.
 */
export async function scriptToRun(
  script: string | undefined,
  k6Args: readonly string[],
  source: LoadSource,
): Promise<ScriptToRun> {
  const { url, openapi, vus, rate, duration, stages } = source;
  const options = [
    ...(vus === undefined ? [] : ["--vus", vus]),
    ...(stages === undefined ? [] : stages.split(",").flatMap((stage) => ["--stage", stage])),
  ];
  if (url === undefined) {
    if (script === undefined) throw new Error("give a k6 script, or --url for one to be made");
    if (openapi !== undefined) throw new Error("--openapi needs --url: where the service listens");
    if (rate !== undefined)
      throw new Error("--rate needs --url: a script of your own says its rate (or see venturi load knee)");
    const time = duration === undefined ? [] : ["--duration", duration];
    return { script, k6Args: [...options, ...time, ...k6Args], remove: async () => {} };
  }
  if (!URL.canParse(url)) throw new Error(`cannot use --url "${url}": write it as http://host:port/path`);
  const folder = await mkdtemp(join(tmpdir(), "venturi-script-"));
  const made = join(folder, `${new URL(url).hostname}.js`);
  const where = { baseUrl: url, jaegerUrl: url, windowMs: 0 };
  await writeFile(made, openapi === undefined ? urlScript(url) : await writeScript({ ...where, openApi: openapi }));
  const env = [
    ...(rate === undefined ? [] : ["-e", `RATE=${rate}`]),
    // With VUs of its own k6 takes the duration as an option, else the script's scenario does.
    ...(duration === undefined ? [] : vus === undefined ? ["-e", `DURATION=${duration}`] : ["--duration", duration]),
  ];
  // What follows -- takes the place of the script on the command line.
  const rest = script === undefined ? k6Args : [script, ...k6Args];
  return {
    script: made,
    k6Args: [...options, ...env, ...rest],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
