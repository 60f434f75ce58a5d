import { describe, expect, it, vi } from "vitest";
import { BrowserDecoder } from "../../src/decoding/browser_decoder";
import type { Lost, Reply, Request } from "../../src/decoding/messages";
import type { FrameRef, Stage } from "../../src/decoding/stage";

const MODEL = { inputSize: 16, pipeline: "sam" } as const;
const STAGE: Stage = { points: [{ x: 1, y: 1, label: 1 }], boxXyxy: null, start: null, logits: null };

function frame(index: number): FrameRef {
  return { imageId: "image", index, sizeHw: [6, 8], version: "" };
}

/** A worker that answers as the test says, and keeps what it was told. */
class FakeWorker {
  onmessage: ((event: { data: Reply | Lost }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  readonly told: Request[] = [];
  isTerminated = false;

  constructor(private readonly answer: (request: Request) => Reply | null) {}

  postMessage(request: Request): void {
    this.told.push(request);
    const reply = this.answer(request);
    if (reply) queueMicrotask(() => this.onmessage?.({ data: reply }));
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

function usual(request: Request): Reply | null {
  if (request.kind === "load") return { kind: "loaded", id: request.id, where: "here" };
  if (request.kind === "decode") {
    const mask = request.finish === null ? null : new Uint8Array(48).fill(1);
    return { kind: "decoded", id: request.id, logits: new Float32Array(64), scores: [0.1, 0.2, 0.3, 0.4], mask };
  }
  if (request.kind === "finish") {
    return { kind: "finished", id: request.id, masks: request.logits.map(() => new Uint8Array(48)) };
  }
  return null;
}

async function started(answer = usual): Promise<{ decoder: BrowserDecoder; worker: FakeWorker }> {
  const worker = new FakeWorker(answer);
  const decoder = await BrowserDecoder.start(new ArrayBuffer(8), MODEL, true, () => worker as unknown as Worker);
  return { decoder, worker };
}

describe("the decoder in the browser", () => {
  it("says where it computes", async () => {
    expect((await started()).decoder.where).toBe("here");
  });

  it("ends its worker where it cannot start", async () => {
    const worker = new FakeWorker((request) =>
      "id" in request ? { kind: "failed", id: request.id, message: "no" } : null,
    );
    const starting = BrowserDecoder.start(new ArrayBuffer(8), MODEL, true, () => worker as unknown as Worker);
    await expect(starting).rejects.toThrow("no");
    expect(worker.isTerminated).toBe(true);
  });

  it("gives the finished mask with its answer, and asks only for those that are missing", async () => {
    const { decoder, worker } = await started();
    const answer = await decoder.decode(frame(0), STAGE, 0);
    expect(answer.masks.get(0)).toMatchObject({ width: 8, height: 6 });
    await decoder.finish(frame(0), answer, [0]);
    expect(worker.told.filter(({ kind }) => kind === "finish")).toEqual([]);
    expect((await decoder.finish(frame(0), answer, [0, 1, 2])).length).toBe(3);
    const [asked] = worker.told.filter((request) => request.kind === "finish");
    expect(asked?.logits.length).toBe(2);
  });

  it("forgets the embeddings that were not used for longest", async () => {
    const { decoder, worker } = await started();
    const megabytes = (count: number) => new Float32Array((count * 2 ** 20) / 4);
    for (const index of [0, 1, 2]) decoder.hold(frame(index), megabytes(20));
    expect(decoder.holds(frame(0))).toBe(true);
    decoder.hold(frame(3), megabytes(20));
    expect([0, 1, 2, 3].map((index) => decoder.holds(frame(index)))).toEqual([true, false, true, true]);
    expect(worker.told.filter((request) => request.kind === "forget").map((request) => request.key)).toEqual([
      "image/1/",
    ]);
  });

  it("rejects what waits when the worker dies", async () => {
    const { decoder, worker } = await started((request) => (request.kind === "load" ? usual(request) : null));
    const asked = decoder.decode(frame(0), STAGE, 0);
    worker.onerror?.({ message: "out of memory" });
    await expect(asked).rejects.toThrow("out of memory");
  });

  it("rejects what waits and what comes when the graphics card is lost, whose runs never end", async () => {
    const { decoder, worker } = await started((request) => (request.kind === "load" ? usual(request) : null));
    const asked = decoder.decode(frame(0), STAGE, 0);
    worker.onmessage?.({ data: { kind: "lost", message: "the card is gone" } });
    await expect(asked).rejects.toThrow("the card is gone");
    await expect(decoder.decode(frame(0), STAGE, 0)).rejects.toThrow("the card is gone");
    expect((await decoder.lost).message).toBe("the card is gone");
  });

  it("uses one thread where the page is not isolated", async () => {
    vi.stubGlobal("crossOriginIsolated", false);
    vi.stubGlobal("navigator", { hardwareConcurrency: 16 });
    const { worker } = await started();
    expect(worker.told[0]).toMatchObject({ kind: "load", threads: 1 });
    vi.stubGlobal("crossOriginIsolated", true);
    expect((await started()).worker.told[0]).toMatchObject({ threads: 4 });
    vi.unstubAllGlobals();
  });

  it.each([
    ["never start", () => null],
    ["fail", (id: number) => ({ kind: "failed", id, message: "no memory" }) as const],
  ])("runs on one thread where several %s", async (_, answer) => {
    vi.useFakeTimers();
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.stubGlobal("crossOriginIsolated", true);
    vi.stubGlobal("navigator", { hardwareConcurrency: 4 });
    const workers: FakeWorker[] = [];
    const newWorker = () => {
      const reply = (request: Request) =>
        request.kind === "load" && request.threads > 1 ? answer(request.id) : usual(request);
      workers.push(new FakeWorker(reply));
      return workers.at(-1) as unknown as Worker;
    };
    const starting = BrowserDecoder.start(new ArrayBuffer(8), MODEL, true, newWorker);
    await vi.runAllTimersAsync();
    expect((await starting).where).toBe("here");
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
    expect(workers.map(({ told }) => told[0])).toMatchObject([
      { threads: 3 },
      { threads: 1, graph: { byteLength: 8 } },
    ]);
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("gives every mask that it was asked for, even if others empty the answer meanwhile", async () => {
    const { decoder } = await started();
    const answer = await decoder.decode(frame(0), STAGE, 2);
    const finished = decoder.finish(frame(0), answer, [1, 2, 3]);
    answer.masks.clear();
    expect((await finished).map((mask) => mask.data.length)).toEqual([48, 48, 48]);
  });
});
