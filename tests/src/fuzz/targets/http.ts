import {
  converse,
  type EchoServers,
  MAX_BODY_BYTES,
  PLAIN_PATHS,
  startEchoServers,
} from "../../../../collector/dist/net/http1/echo-servers.test.fixture.js";
import { readPlainHead } from "../../../../collector/dist/net/http1/plain-head.js";
import { must, type RunningTarget } from "../target.js";
import { makeHttp } from "./plain-head.js";

/** How often a difference is looked at again: the servers must differ always, not only when packets fall so. */
const TRIES = 3;

/**
 * `node:http` says "100 Continue" of a request when it reads it, even amid the answer to the one before: what follows the
 * first answer depends on how the packets fall.
 */
const EXPECTS = /^expect[ \t]*:/im;

/** Byte streams over real sockets: the plain reader answers each as `node:http` does. */
export async function start(): Promise<RunningTarget> {
  const servers = await startEchoServers();
  return {
    make: makeHttp,
    run: (input) => run(input, servers),
    finish: async () => must(servers.servedPlainly() > 0, "no request was served plainly"),
    close: async () => servers.close(),
  };
}

async function run(input: Buffer, servers: EchoServers): Promise<boolean> {
  // Half of the streams come in two pieces.
  const cut = input.length % 2 === 0 ? input.length : (input.length * 5) % (input.length + 1);
  const pieces = [input.subarray(0, cut), input.subarray(cut)].filter(({ length }) => length > 0);
  let ours: readonly string[] = [];
  let theirs: readonly string[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    [ours, theirs] = await Promise.all([answers(servers.plain, pieces), answers(servers.node, pieces)]);
    if (isSame(ours, theirs)) return ours.some((answer) => answer.startsWith("200"));
    if (EXPECTS.test(input.toString("latin1")) && ours[0]?.slice(0, 3) === theirs[0]?.slice(0, 3)) return true;
    const apart = await oneByOne(input, servers);
    theirs = apart.answers;
    if (isSame(ours, theirs) || forgets(ours, apart)) return true;
  }
  const [shownOurs, shownTheirs] = [ours, theirs].map((list) => JSON.stringify(list).slice(0, 300));
  must(false, `the plain server answers ${shownOurs}, node:http ${shownTheirs}`);
}

function isSame(ours: readonly string[], theirs: readonly string[]): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

async function answers(server: EchoServers["node"], pieces: readonly Buffer[]): Promise<string[]> {
  try {
    return await converse(server, pieces);
  } catch (error) {
    return [(error as Error).message];
  }
}

interface Apart {
  readonly answers: readonly string[];
  /** So many of them are to requests that the plain server answers itself. */
  readonly plain: number;
}

/**
 * `node:http` forgets answers under way when what follows is refused or the client is gone. When it does depends on how
 * the packets fall, so behind the requests that are served plainly answers may be missing before a last refusal.
 */
function forgets(ours: readonly string[], { answers, plain }: Apart): boolean {
  const kept = ours.length - 1;
  const last = ours[kept];
  if (last === undefined || !last.startsWith("4") || last !== answers.at(-1) || kept < plain) return false;
  return kept < answers.length && isSame(ours.slice(0, kept), answers.slice(0, kept));
}

/** What `node:http` answers to each leading plain request on a connection of its own, and then to the rest. */
async function oneByOne(input: Buffer, { node }: EchoServers): Promise<Apart> {
  const all: string[] = [];
  let plain = 0;
  for (let at = 0; at < input.length; ) {
    const head = readPlainHead(input, at, input.length);
    const isPlain = typeof head === "object" && PLAIN_PATHS.includes(head.path) && head.contentLength <= MAX_BODY_BYTES;
    const end = isPlain ? head.end + head.contentLength : input.length;
    all.push(...(await answers(node, [input.subarray(at, end)])));
    if (isPlain && end <= input.length) plain++;
    at = end;
  }
  return { answers: all, plain };
}
