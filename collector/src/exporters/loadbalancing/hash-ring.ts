import { crc32 } from "./crc32.js";

/** 360 degrees with two decimal places. */
const POSITIONS = 36_000;
const POINTS_PER_ENDPOINT = 100;

/**
 * A consistent hash ring (Karger et al., 1997): when an endpoint comes or goes, only about one share of the keys moves. The
 * points, and so the endpoint of a key, are those of the Collector's.
 */
export class HashRing {
  readonly endpoints: readonly string[];
  /** For each position, the number of the endpoint whose point comes next. */
  private readonly owners = new Int32Array(POSITIONS);

  constructor(endpoints: readonly string[]) {
    this.endpoints = endpoints;
    const points = new Int32Array(POSITIONS).fill(-1);
    endpoints.forEach((endpoint, number) => {
      const bytes = Buffer.from(`${endpoint}\0`, "utf8");
      for (let point = 0; point < POINTS_PER_ENDPOINT; point++) {
        bytes[bytes.length - 1] = point;
        const position = crc32(bytes) % POSITIONS;
        if (points[position] === -1) points[position] = number;
      }
    });
    // Twice around, backwards: behind the last point comes the first.
    let owner = -1;
    for (let at = 2 * POSITIONS - 1; at >= 0; at--) {
      const position = at % POSITIONS;
      if (points[position] !== -1) owner = points[position] as number;
      this.owners[position] = owner;
    }
  }

  /** The number of the endpoint for a key with that CRC-32; -1 when there are no endpoints. */
  ownerOf(crc: number): number {
    return this.owners[crc % POSITIONS] as number;
  }
}
