/** The decoding worker: embeddings stay here, prompts come in, masks go out. */
import { MaskBitmap } from "../model/mask";
import type { FrameSize, Lost, Reply, Request } from "./messages";
import { ModelFrame } from "./model_frame";
import type { DecoderNetwork } from "./network";
import { startRuntime, type Runtime } from "./runtime";
import { logitsToMask } from "./upsample";

/** A browser compiles what runs often once more, and better: the first decode takes 300 ms, the sixth 50. */
const WARM_UPS = 5;
/** Of an embedding; all networks of this family have as many. */
const CHANNELS = 256;

const embeddings = new Map<string, Float32Array>();
let runtime: Runtime | null = null;
let queue: Promise<void> = Promise.resolve();

self.onmessage = (event: MessageEvent<Request>) => {
  const request = event.data;
  queue = queue.then(() => answered(request));
};

async function answered(request: Request): Promise<void> {
  try {
    await handle(request);
  } catch (error) {
    if ("id" in request) reply({ kind: "failed", id: request.id, message: String(error) });
  }
}

async function handle(request: Request): Promise<void> {
  switch (request.kind) {
    case "load":
      runtime = await startRuntime(request.graph, request.threads, request.mayUseGpu);
      void runtime.lost?.then((message) => reply({ kind: "lost", message }));
      reply({ kind: "loaded", id: request.id, where: runtime.where });
      return warmUp(runtime.network, request.inputSize, WARM_UPS);
    case "hold":
      embeddings.set(request.key, request.embedding);
      return;
    case "forget":
      embeddings.delete(request.key);
      return;
    case "decode":
      return decode(request);
    case "finish": {
      const frame = frameOf(request.frame);
      const masks = request.logits.map((logits) => logitsToMask(logits, frame).data);
      return reply({ kind: "finished", id: request.id, masks }, masks);
    }
  }
}

/** Empty questions between real ones. */
function warmUp(network: DecoderNetwork, inputSize: number, times: number): void {
  if (times === 0) return;
  const frame = ModelFrame.fitted([inputSize, inputSize], inputSize, "sam");
  const embedding = new Float32Array(CHANNELS * (inputSize / 16) ** 2);
  const logits = new Float32Array(frame.logitsSize ** 2);
  const stage = { points: [{ x: 0, y: 0, label: 1 as const }], boxXyxy: null, start: null, logits };
  const once = () => network.decode(embedding, stage, frame).then(() => undefined, console.warn);
  setTimeout(() => {
    queue = queue.then(once);
    void queue.then(() => warmUp(network, inputSize, times - 1));
  });
}

async function decode({ id, key, frame: size, stage, finish }: Extract<Request, { kind: "decode" }>): Promise<void> {
  const embedding = embeddings.get(key);
  if (!runtime || !embedding) throw new Error("Expected the decoder and this frame's embedding to be loaded.");
  const frame = frameOf(size);
  const [height, width] = size.originalHw;
  const start = stage.start && new MaskBitmap(width, height, stage.start);
  const { logits, scores } = await runtime.network.decode(embedding, { ...stage, start }, frame);
  const n = frame.logitsSize ** 2;
  const mask = finish === null ? null : logitsToMask(logits.subarray(finish * n, (finish + 1) * n), frame).data;
  reply({ kind: "decoded", id, logits, scores, mask }, mask ? [logits, mask] : [logits]);
}

function frameOf({ originalHw, inputSize, pipeline }: FrameSize): ModelFrame {
  return ModelFrame.fitted(originalHw, inputSize, pipeline);
}

function reply(message: Reply | Lost, moved: (Float32Array | Uint8Array)[] = []): void {
  self.postMessage(message, { transfer: moved.map((array) => array.buffer as ArrayBuffer) });
}
