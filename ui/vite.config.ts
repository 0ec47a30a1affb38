/** How the two pages are built, served while developing, and tested. */
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig(({ mode }) => ({
  root: here,
  plugins: [svelte()],
  clearScreen: false,
  server: { port: 5173, strictPort: true, host: "localhost" },
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: ["es2022", "safari16"],
    rollupOptions: { input: { till: `${here}index.html`, customer: `${here}customer.html` } },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"] },
}));
