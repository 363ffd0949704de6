import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { type ComponentHost, type Extension, type ExtensionFactory, StartError } from "../../component.js";
import { listenAddress, unsupported } from "../../config/schema-types.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { CpuProfiler, HeapProfiler, ProfilerBusyError } from "./profilers.js";
import { cpuPprof, heapPprof } from "./to-pprof.js";

const schema = z.strictObject({
  endpoint: listenAddress("127.0.0.1:1777"),
  block_profile_fraction: unsupported("V8 has no profile of blocking"),
  mutex_profile_fraction: unsupported("V8 has no profile of locks"),
  /** A CPU profile of the whole run is written there at the end. */
  save_to_file: z.string().default(""),
});

export type PprofConfig = z.infer<typeof schema>;

/** CPU and heap profiles of the collector over HTTP, for `go tool pprof` and for Chrome. */
export const pprofExtension: ExtensionFactory<PprofConfig> = {
  kind: "extension",
  type: "pprof",
  schema,
  create: (config, host) => new Pprof(config, host),
};

const DEFAULT_SECONDS = 30;
const MOST_SECONDS = 600;

class Pprof implements Extension {
  private readonly config: PprofConfig;
  private readonly host: ComponentHost;
  private readonly cpu = new CpuProfiler();
  private readonly heap = new HeapProfiler();
  private listener: HttpListener | undefined;
  private isSaving = false;

  constructor(config: PprofConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const { id, bound, log } = this.host;
    const { endpoint, save_to_file } = this.config;
    this.listener = await listenHttp({
      what: `extension "${id.text}"`,
      option: `extensions::${id.text}::endpoint`,
      endpoint,
      log,
      handler: (request, response) => void this.answer(request, response),
    });
    bound("http", this.listener.address);
    await this.heap.start();
    if (save_to_file === "") return;
    try {
      // So that a path that cannot be written to is known now, and not when the profile is lost.
      await writeFile(save_to_file, "");
    } catch (error) {
      const message = `cannot start extension "${id.text}": cannot write to save_to_file: ${(error as Error).message}`;
      throw new StartError(message, { cause: error });
    }
    await this.cpu.start();
    this.isSaving = true;
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    if (listener === undefined) return;
    this.listener = undefined;
    await listener.close(0);
    if (this.isSaving) {
      await writeFile(this.config.save_to_file, cpuPprof(await this.cpu.stop()));
    }
    this.cpu.close();
    this.heap.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.serve(request, response);
    } catch (error) {
      const isBusy = error instanceof ProfilerBusyError;
      if (!isBusy) this.host.log.error("cannot profile", { error: String((error as Error)?.stack ?? error) });
      if (!response.headersSent) sendText(response, 500, isBusy ? error.message : "cannot profile");
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const format = url.searchParams.get("format") ?? "pprof";
    switch (url.pathname.replace(/\/$/, "")) {
      case "/debug/pprof":
        return sendText(response, 200, INDEX);
      case "/debug/pprof/cmdline":
        return sendText(response, 200, process.argv.join("\0"));
      case "/debug/pprof/profile": {
        const seconds = Number(url.searchParams.get("seconds") ?? DEFAULT_SECONDS);
        if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
          return sendText(response, 400, `seconds must be above 0 and at most ${MOST_SECONDS}`);
        }
        const gone = new AbortController();
        response.once("close", () => gone.abort());
        const profile = await this.cpu.profile(seconds * 1000, gone.signal);
        if (format === "cpuprofile") sendFile(response, "profile.cpuprofile", Buffer.from(JSON.stringify(profile)));
        else sendFile(response, "profile", cpuPprof(profile));
        return;
      }
      case "/debug/pprof/heap":
      case "/debug/pprof/allocs": {
        const profile = await this.heap.profile();
        if (format === "heapprofile") sendFile(response, "heap.heapprofile", Buffer.from(JSON.stringify(profile)));
        else sendFile(response, "heap", heapPprof(profile, this.heap.intervalBytes));
        return;
      }
      default:
        sendText(response, 404, "Unknown profile\n");
    }
  }
}

const INDEX = `profiles:
/debug/pprof/profile?seconds=30                     CPU, for go tool pprof
/debug/pprof/profile?seconds=30&format=cpuprofile   CPU, for Chrome DevTools
/debug/pprof/heap                                   live objects by where they were allocated, for go tool pprof
/debug/pprof/heap?format=heapprofile                the same for Chrome DevTools
/debug/pprof/cmdline                                command line
`;

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(text);
}

function sendFile(response: ServerResponse, name: string, content: Uint8Array): void {
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-disposition": `attachment; filename="${name}"`,
    "content-length": content.length,
  });
  response.end(content);
}
