import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const SERVER = process.env.ULTRASAM_SERVER ?? "http://127.0.0.1:8765";

const LICENCES = "assets/licences.md";

/** Vite lists what the page's own chunks hold; the runtime is loaded by the worker, and its package has no licence file. */
function runtimeLicence(): Plugin {
  let folder = "";
  return {
    name: "runtime-licence",
    apply: "build",
    configResolved: (config) => void (folder = config.build.outDir),
    closeBundle: async () => {
      const text = await readFile(new URL("./licences/onnxruntime-web.md", import.meta.url));
      await appendFile(join(folder, LICENCES), text);
    },
  };
}

/** The page is built into the Python package; while developing, a running `ultrasam serve` answers /api. */
export default defineConfig({
  base: "/",
  plugins: [runtimeLicence()],
  build: {
    outDir: fileURLToPath(new URL("../src/ultrasam/server/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    license: { fileName: LICENCES },
  },
  // The runtime's threads are workers of a file of their own, not of our bundle.
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: {
    headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    proxy: {
      "/api": {
        target: SERVER,
        changeOrigin: true,
        // The server takes changes from its own pages only.
        configure: (proxy) =>
          proxy.on("proxyReq", (request) => request.getHeader("origin") && request.setHeader("origin", SERVER)),
      },
    },
  },
});
