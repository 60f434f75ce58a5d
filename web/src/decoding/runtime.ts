/** onnxruntime-web with a session of the decoder: on the graphics card where one answers, else WebAssembly. */
import asyncifyModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import asyncifyWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import plainModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import plainWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type * as Ort from "onnxruntime-web/wasm";
import { DecoderNetwork } from "./network";

/** How often the runtime is asked for its device while it starts. */
const DEVICE_POLL_MS = 50;

export interface Runtime {
  network: DecoderNetwork;
  /** For the status bar. */
  where: string;
  /** Resolves with the reason when nothing is answered any more. A session then need not say so: its runs never end. */
  lost: Promise<string> | null;
}

export async function startRuntime(graph: ArrayBuffer, threads: number, mayUseGpu: boolean): Promise<Runtime> {
  if (mayUseGpu && (await hasGpu())) {
    try {
      return await onGpu(graph);
    } catch (error) {
      console.warn("WebGPU cannot run the decoder, so WebAssembly does.", error);
    }
  }
  const ort = await import("onnxruntime-web/wasm");
  setUp(ort, plainModule, plainWasm, threads);
  const session = await ort.InferenceSession.create(new Uint8Array(graph), { executionProviders: ["wasm"] });
  return {
    network: new DecoderNetwork(ort, session),
    where: `WebAssembly, ${threads} thread${threads === 1 ? "" : "s"}`,
    lost: null,
  };
}

async function onGpu(graph: ArrayBuffer): Promise<Runtime> {
  const ort = await import("onnxruntime-web/webgpu");
  setUp(ort, asyncifyModule, asyncifyWasm, 1);
  const creating = ort.InferenceSession.create(new Uint8Array(graph), {
    // Alone, so that it fails where the card is gone, instead of becoming WebAssembly on one thread that is called WebGPU.
    executionProviders: ["webgpu"],
    // Otherwise the console is told, as an error, that sums of shapes stay on the processor.
    logSeverityLevel: 3,
  });
  const lost = lossOf(ort.env.webgpu, creating);
  const failing = lost.then((message) => Promise.reject(new Error(message)));
  return { network: new DecoderNetwork(ort, await Promise.race([creating, failing])), where: "WebGPU", lost };
}

/** Resolves when the device is lost that the runtime makes for itself on the way to a session. */
async function lossOf(gpu: { readonly device: unknown }, creating: Promise<unknown>): Promise<string> {
  let isCreating = true;
  const end = () => (isCreating = false);
  creating.then(end, end);
  while (isCreating && !gpu.device) await new Promise((done) => setTimeout(done, DEVICE_POLL_MS));
  const device = (await gpu.device) as { lost: Promise<{ message: string }> } | undefined;
  const loss = await (device?.lost ?? new Promise<never>(() => undefined));
  return loss.message || "The graphics card does not answer any more.";
}

/** The files come from our own server, under the names that the build gave them. */
function setUp(ort: Pick<typeof Ort, "env">, mjs: string, wasm: string, threads: number): void {
  const absolute = (path: string) => new URL(path, self.location.href).href;
  ort.env.wasm.wasmPaths = { mjs: absolute(mjs), wasm: absolute(wasm) };
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
}

async function hasGpu(): Promise<boolean> {
  const gpu = (
    navigator as Navigator & { gpu?: { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> } }
  ).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return Boolean(adapter) && !adapter?.info?.isFallbackAdapter;
}
