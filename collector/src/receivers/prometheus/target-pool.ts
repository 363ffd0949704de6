import type { ComponentHost, Consumer } from "../../component.js";
import { discoveries } from "./discoveries.js";
import type { DiscoveryContext, TargetGroup } from "./discovery/discovery.js";
import type { Job } from "./job.js";
import { ScrapeClient } from "./scrape-client.js";
import { Scraper } from "./scraper.js";
import { targetsOf } from "./targets.js";

/** The targets of one job: as discovery finds and loses them, scrapers come and go. */
export class TargetPool {
  private readonly job: Job;
  private readonly output: Consumer;
  private readonly host: ComponentHost;
  private readonly client: ScrapeClient;
  private readonly what: string;
  private readonly scrapers = new Map<string, Scraper>();
  /** The groups of each discovery. */
  private readonly groups: (readonly TargetGroup[])[] = [];
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly retiring = new Set<Promise<void>>();
  private isStopped = false;

  /** @throws StartError when a certificate cannot be read. */
  constructor(job: Job, output: Consumer, host: ComponentHost) {
    this.job = job;
    this.output = output;
    this.host = host;
    this.what = `receiver "${host.id.text}", job "${job.config.job_name}"`;
    this.client = new ScrapeClient(this.what, job.config);
  }

  async start(): Promise<void> {
    const context: DiscoveryContext = { what: this.what, log: this.host.log };
    for (const factory of discoveries) {
      const configs = (this.job.config as Readonly<Record<string, unknown>>)[factory.key] as readonly unknown[];
      for (const config of configs) {
        const index = this.groups.push([]) - 1;
        const stop = await factory.create(config, context).start((groups) => this.update(index, groups));
        this.stops.push(stop);
      }
    }
  }

  /** `scrapesOnceMore`: the last values are fetched before the end. */
  async stop(scrapesOnceMore: boolean): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.stops.splice(0).map((stop) => stop()));
    const scrapers = [...this.scrapers.values()];
    this.scrapers.clear();
    if (scrapesOnceMore) await Promise.all(scrapers.map((scraper) => scraper.scrape()));
    await Promise.all([...scrapers.map((scraper) => scraper.stop()), ...this.retiring]);
    await this.client.close();
  }

  private update(index: number, groups: readonly TargetGroup[]): void {
    if (this.isStopped) return;
    this.groups[index] = groups;
    const targets = targetsOf(this.job, this.groups.flat());
    const wanted = new Set(targets.map(({ key }) => key));
    for (const [key, scraper] of this.scrapers) if (!wanted.has(key)) this.retire(key, scraper);
    for (const target of targets) {
      if (this.scrapers.has(target.key)) continue;
      const scraper = new Scraper(target, this.client, this.output, this.host);
      this.scrapers.set(target.key, scraper);
      scraper.start();
    }
    const { targetLimit } = this.job;
    const isTooMany = targetLimit > 0 && targets.length > targetLimit;
    const problem = isTooMany
      ? `target_limit exceeded (number of targets: ${targets.length}, limit: ${targetLimit})`
      : undefined;
    for (const scraper of this.scrapers.values()) scraper.jobProblem = problem;
  }

  private retire(key: string, scraper: Scraper): void {
    this.scrapers.delete(key);
    const retired = scraper.retire().finally(() => this.retiring.delete(retired));
    this.retiring.add(retired);
  }
}
