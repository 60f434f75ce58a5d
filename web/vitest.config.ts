import { defineConfig } from "vitest/config";

/** Logic runs in Node; a test that needs a DOM says so at its head: `// @vitest-environment happy-dom`. */
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { environment: "node", include: ["tests/**/*.test.{ts,tsx}"], maxWorkers: 2 },
});
