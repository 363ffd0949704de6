import { defineConfig } from "vite";

// The pages are served from the root of the store's port; `npx vite` in this folder proxies its APIs for development.
const store = process.env.VENTURI_URL ?? "http://127.0.0.1:4319";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", modulePreload: false, assetsInlineLimit: 0 },
  server: { host: "127.0.0.1", proxy: { "/api": store, "/loki": store, "/venturi": store } },
});
