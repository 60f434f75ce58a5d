/** The page's side of the decoding worker. */
import type { Choice } from "../model/items";
import { MaskBitmap } from "../model/mask";
import type { Decoder } from "./decoder";
import type { FrameSize, Lost, Reply, Request } from "./messages";
import { frameKey, logitsOf, type FrameRef, type Stage, type StageAnswer } from "./stage";

/** Bytes of embeddings kept: 64 frames of the bundled model, 16 of one with an input of 1024 pixels. */
const EMBEDDINGS_BYTES = 64 * 2 ** 20;

/**
 * Firefox 153 now and then never comes to an end of starting several threads (4 of 32 fresh starts). Longer than
 * this, in milliseconds, a start takes only where the runtime, 14 MB, is long on its way.
 */
const THREADS_PATIENCE_MS = 20_000;

type Model = Pick<FrameSize, "inputSize" | "pipeline">;

/** A request that expects a reply, before it has its number. */
type Asked = Request extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class BrowserDecoder implements Decoder {
  readonly needsEmbedding = true;
  /** Resolves when it cannot answer any more, as its graphics card is gone. */
  readonly lost: Promise<Error>;
  private isLost: Error | null = null;
  private waiting = new Map<number, Waiting>();
  private held = new Map<string, number>();
  private nextId = 1;

  private constructor(
    private readonly worker: Worker,
    private readonly model: Model,
    public where: string,
  ) {
    this.lost = new Promise((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<Reply | Lost>) => {
        if (data.kind !== "lost") return this.settle(data);
        this.isLost = new Error(data.message);
        this.failAll(this.isLost);
        resolve(this.isLost);
      };
    });
    worker.onerror = (event) => this.failAll(new Error(event.message || "The decoding worker failed."));
  }

  /** Load the graph into a new worker; rejects where this browser cannot run it. */
  static async start(
    graph: ArrayBuffer,
    model: Model,
    mayUseGpu: boolean,
    newWorker: () => Worker = () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  ): Promise<BrowserDecoder> {
    const threads = threadCount();
    if (threads > 1) {
      try {
        const load = { graph: graph.slice(0), threads, mayUseGpu };
        return await BrowserDecoder.loaded(newWorker(), model, load, THREADS_PATIENCE_MS);
      } catch (error) {
        console.warn("The decoder does not start with several threads here, so it runs on one.", error);
      }
    }
    return BrowserDecoder.loaded(newWorker(), model, { graph, threads: 1, mayUseGpu });
  }

  private static async loaded(
    worker: Worker,
    model: Model,
    load: { graph: ArrayBuffer; threads: number; mayUseGpu: boolean },
    patienceMs?: number,
  ): Promise<BrowserDecoder> {
    const decoder = new BrowserDecoder(worker, model, "");
    const late = () => decoder.failAll(new Error("The threads of the decoding worker did not start in time."));
    const timer = patienceMs === undefined ? undefined : setTimeout(late, patienceMs);
    try {
      const reply = await decoder.ask({ kind: "load", ...load, inputSize: model.inputSize }, [load.graph]);
      if (reply.kind === "loaded") decoder.where = reply.where;
      return decoder;
    } catch (error) {
      decoder.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  hold(frame: FrameRef, embedding: Float32Array): void {
    const key = frameKey(frame);
    this.held.delete(key);
    this.held.set(key, embedding.byteLength);
    this.send({ kind: "hold", key, embedding }, [embedding.buffer as ArrayBuffer]);
    let bytes = [...this.held.values()].reduce((sum, size) => sum + size, 0);
    for (const [old, size] of this.held) {
      if (bytes <= EMBEDDINGS_BYTES || old === key) break;
      bytes -= size;
      this.held.delete(old);
      this.send({ kind: "forget", key: old });
    }
  }

  holds(frame: FrameRef): boolean {
    const key = frameKey(frame);
    const size = this.held.get(key);
    if (size === undefined) return false;
    this.held.delete(key);
    this.held.set(key, size);
    return true;
  }

  async decode(frame: FrameRef, stage: Stage, finish: Choice | null): Promise<StageAnswer> {
    const message = { ...stage, start: stage.start?.data ?? null };
    const asked = { kind: "decode", key: frameKey(frame), frame: this.sizeOf(frame), stage: message, finish } as const;
    const reply = await this.ask(asked);
    if (reply.kind !== "decoded") throw new Error(`Expected a mask, but got ${reply.kind}.`);
    const masks = new Map<Choice, MaskBitmap>();
    if (finish !== null && reply.mask) masks.set(finish, bitmap(frame, reply.mask));
    return { logits: reply.logits, scores: reply.scores, masks };
  }

  async finish(frame: FrameRef, answer: StageAnswer, choices: Choice[]): Promise<MaskBitmap[]> {
    // Others may empty the answer's masks while this waits.
    const masks = new Map(answer.masks);
    const missing = choices.filter((choice) => !masks.has(choice));
    if (missing.length) {
      const logits = missing.map((choice) => logitsOf(answer, choice).slice());
      const reply = await this.ask(
        { kind: "finish", frame: this.sizeOf(frame), logits },
        logits.map((array) => array.buffer),
      );
      if (reply.kind !== "finished") throw new Error(`Expected masks, but got ${reply.kind}.`);
      missing.forEach((choice, index) => masks.set(choice, bitmap(frame, reply.masks[index]!)));
      for (const choice of missing) answer.masks.set(choice, masks.get(choice)!);
    }
    return choices.map((choice) => masks.get(choice)!);
  }

  close(): void {
    this.worker.terminate();
    this.failAll(new Error("The decoder was closed."));
  }

  private sizeOf(frame: FrameRef): FrameSize {
    return { originalHw: frame.sizeHw, ...this.model };
  }

  private ask(request: Asked, moved: ArrayBuffer[] = []): Promise<Reply> {
    if (this.isLost) return Promise.reject(this.isLost);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ ...request, id } as Request, moved);
    });
  }

  private send(request: Request, moved: ArrayBuffer[] = []): void {
    this.worker.postMessage(request, moved);
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === "failed") waiting?.reject(new Error(reply.message));
    else waiting?.resolve(reply);
  }

  private failAll(error: Error): void {
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }
}

function bitmap(frame: FrameRef, data: Uint8Array): MaskBitmap {
  return new MaskBitmap(frame.sizeHw[1], frame.sizeHw[0], data);
}

/** More than four do not help so small a graph, and one core is left for the page; without isolation there is one. */
function threadCount(): number {
  return globalThis.crossOriginIsolated ? Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1)) : 1;
}
