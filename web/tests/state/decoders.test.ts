import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Status } from "../../src/api/answers";
import type { Api } from "../../src/api/client";
import { Decoders } from "../../src/state/decoders";
import { FakeDecoder } from "../decoding/fake_decoder";

const STATUS = { model: { inputSize: 16, pipeline: "sam" }, decoder: { state: "ready" } } as Status;

/** One whose graphics card can be lost. */
class FakeBrowserDecoder extends FakeDecoder {
  readonly lost: Promise<Error>;
  lose!: () => void;

  constructor(readonly mayUseGpu: boolean) {
    super();
    this.lost = new Promise((resolve) => (this.lose = () => resolve(new Error("the card is gone"))));
  }
}

let started: FakeBrowserDecoder[];
let decoders: Decoders;

beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  started = [];
  const api = { decoderGraph: () => Promise.resolve(new ArrayBuffer(8)) } as Api;
  decoders = new Decoders(api, (_graph, _model, mayUseGpu) => {
    started.push(new FakeBrowserDecoder(mayUseGpu));
    return Promise.resolve(started.at(-1)!);
  });
  await decoders.follow(STATUS);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const places = async () => {
  const now = decoders.current.value.decoder.where;
  await vi.waitFor(() => expect(decoders.current.value.decoder).toBe(started[1]));
  return [now, decoders.current.value.decoder.where];
};

describe("a decoder in the browser that is lost", () => {
  it("is followed by the server at once, and by one without the graphics card", async () => {
    expect(decoders.current.value.decoder).toBe(started[0]);
    started[0]!.lose();
    await started[0]!.lost;
    expect(await places()).toEqual(["server", "fake"]);
    expect(started.map(({ mayUseGpu }) => mayUseGpu)).toEqual([true, false]);
  });

  it("is followed likewise when it fails a question", async () => {
    expect(decoders.replace(new Error("no memory"), decoders.current.value)).toBe(true);
    expect(await places()).toEqual(["server", "fake"]);
    expect(decoders.replace(new Error("no memory"), decoders.current.value)).toBe(true);
    await Promise.resolve();
    expect([decoders.current.value.decoder.where, started.length]).toEqual(["server", 2]);
  });

  it("has a follower already when the question that it failed is told", async () => {
    const failed = decoders.current.value;
    started[0]!.lose();
    await started[0]!.lost;
    await places();
    expect(decoders.replace(new Error("the card is gone"), failed)).toBe(true);
    expect(decoders.current.value.decoder).toBe(started[1]);
  });

  it("is the server's question alone when the server fails", () => {
    decoders.replace(new Error("no memory"), decoders.current.value);
    expect(decoders.replace(new Error("half an answer"), decoders.current.value)).toBe(false);
  });
});
