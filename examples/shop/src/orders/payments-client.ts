import { Agent, request } from "undici";
import { HttpError } from "../http/http-error.js";

/** Calls payments over kept-alive connections. */
export class PaymentsClient {
  readonly #url: URL;
  readonly #agent = new Agent({ headersTimeout: 10_000, bodyTimeout: 10_000 });

  constructor(baseUrl: string) {
    this.#url = new URL("/charges", baseUrl);
  }

  /**
   * Charges an amount.
   * @throws HttpError 502 when payments refuses or can't be reached.
   */
  async charge(amountCents: number): Promise<void> {
    const answer = await request(this.#url, {
      dispatcher: this.#agent,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amountCents }),
    }).catch((cause: Error) => {
      throw Object.assign(new HttpError(`cannot reach payments: ${cause.message}`, 502), { cause });
    });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new HttpError(`payments answered ${answer.statusCode}`, 502);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}
