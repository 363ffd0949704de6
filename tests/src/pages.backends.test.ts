import { join } from "node:path";
import { startShop } from "@venturi/shop";
import { type Browser, chromium } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { startUp } from "./support/up.js";

const { defer, temporaryFolder } = cleanup();
let apiUrl: string;
let browser: Browser;

beforeAll(async () => {
  const up = await startUp(join(await temporaryFolder(), "data"));
  defer(() => up.child.stop());
  apiUrl = up.apiUrl;
  const shop = await startShop({ otlpEndpoint: up.otlpUrl });
  defer(() => shop.stop());
  for (let i = 1; i <= 30; i++) await (await fetch(`${shop.gatewayUrl}/products/${i}`)).arrayBuffer();
  await eventually("the services are known", async () => {
    const { data } = (await (await fetch(`${apiUrl}/api/services`)).json()) as { data: string[] };
    return data.includes("gateway") && data.includes("catalog") ? true : undefined;
  });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  defer(() => browser.close());
});

test.each([
  ["services", "/", /^catalog$/],
  ["traces", "/traces?service=gateway", /GET \/products\/:id/],
  ["reports", "/reports", /venturi .*load run/],
])(
  "the page of %s shows the shop's data, without a console error or a request to another host",
  async (_name, path, expected) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    const foreign: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("request", (request) => request.url().startsWith(apiUrl) || foreign.push(request.url()));
    await page.goto(apiUrl + path);
    await page.getByText(expected).first().waitFor({ state: "visible", timeout: 20_000 });
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
    await page.close();
  },
  60_000,
);
