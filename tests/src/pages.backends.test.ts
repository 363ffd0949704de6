import { join } from "node:path";
import { startShop } from "@venturi/shop";
import { type Browser, chromium } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();
let apiUrl: string;
let browser: Browser;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const [api, http, grpc, telemetry, health] = (await freePorts(5)) as [number, number, number, number, number];
  const ports = {
    "--port": api,
    "--otlp-http-port": http,
    "--otlp-grpc-port": grpc,
    "--telemetry-port": telemetry,
    "--health-port": health,
  };
  const up = venturi(["up", "--data", join(folder, "data"), ...Object.entries(ports).flat().map(String)]);
  defer(() => up.stop());
  await up.waitForOutput(/Venturi is up/);
  apiUrl = `http://127.0.0.1:${api}`;
  const shop = await startShop({ otlpEndpoint: `http://127.0.0.1:${http}` });
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
