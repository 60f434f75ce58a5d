import { afterEach, beforeEach, expect, it, vi } from "vitest";

/** The two runtimes as far as their sessions are asked for. */
const { gpu, plain } = vi.hoisted(() => {
  const runtime = () => ({
    env: { wasm: {}, webgpu: {} as { device?: { lost: Promise<{ message: string }> } } },
    InferenceSession: {
      create: (_graph: Uint8Array, _options: { executionProviders: string[] }): Promise<unknown> => Promise.resolve({}),
    },
  });
  return { gpu: runtime(), plain: runtime() };
});
vi.mock("onnxruntime-web/webgpu", () => gpu);
vi.mock("onnxruntime-web/wasm", () => plain);

let adapter: { info: { isFallbackAdapter: boolean } } | null;
let lose: (message: string) => void;

beforeEach(() => {
  adapter = { info: { isFallbackAdapter: false } };
  vi.stubGlobal("navigator", { gpu: { requestAdapter: () => Promise.resolve(adapter) } });
  vi.stubGlobal("self", { location: { href: "http://here/" } });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const lost = new Promise<{ message: string }>((resolve) => (lose = (message) => resolve({ message })));
  gpu.env.webgpu = { device: { lost } };
  gpu.InferenceSession.create = () => Promise.resolve({});
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

async function started(mayUseGpu = true) {
  const { startRuntime } = await import("../../src/decoding/runtime");
  return startRuntime(new ArrayBuffer(8), 2, mayUseGpu);
}

it("runs on the graphics card where there is one, and tells when it is lost", async () => {
  const { where, lost } = await started();
  expect(where).toBe("WebGPU");
  lose("unplugged");
  expect(await lost).toBe("unplugged");
});

it.each([
  ["no card", true, null],
  ["a card that is software", true, { info: { isFallbackAdapter: true } }],
  ["a card that failed before", false, { info: { isFallbackAdapter: false } }],
])("is WebAssembly with %s", async (_, mayUseGpu, found) => {
  adapter = found;
  expect(await started(mayUseGpu)).toMatchObject({ where: "WebAssembly, 2 threads", lost: null });
});

it("is WebAssembly where the card is lost while a session is made, which then never ends", async () => {
  gpu.InferenceSession.create = () => new Promise(() => undefined);
  const starting = started();
  lose("unplugged");
  expect((await starting).where).toBe("WebAssembly, 2 threads");
});

it("is WebAssembly where the card is gone before a session is made", async () => {
  gpu.env.webgpu = {};
  // What is not available is taken from the list, and nothing said if anything is left of it.
  gpu.InferenceSession.create = (_graph, { executionProviders }) =>
    executionProviders.length > 1 ? Promise.resolve({}) : Promise.reject(new Error("no available backend found"));
  expect((await started()).where).toBe("WebAssembly, 2 threads");
});
