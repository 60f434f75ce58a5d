import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it } from "vitest";
import type { EmbeddingAnswer } from "../../src/api/client";
import { ApiError } from "../../src/api/failure";
import { Conversation } from "../../src/decoding/conversation";
import type { FrameRef } from "../../src/decoding/stage";
import type { Decoders } from "../../src/state/decoders";
import { Encoding } from "../../src/state/encoding";
import type { Readiness } from "../../src/state/kinds";
import { FakeDecoder } from "../decoding/fake_decoder";

let decoder: FakeDecoder;
let answers: (EmbeddingAnswer | Error)[];
let asked: string[];
let pauses: number[];
let encoding: Encoding;
let current: Decoders["current"];
let seen: Readiness[];

const READY = { values: new Float32Array(4) };

function frame(imageId: string, index = 0): FrameRef {
  return { imageId, index, sizeHw: [6, 8], version: "" };
}

beforeEach(() => {
  decoder = new FakeDecoder();
  [answers, asked, pauses, seen] = [[], [], [], []];
  current = signal({ decoder, conversation: new Conversation(decoder) });
  const api = {
    embedding: async (id: string, index: number, { signal }: { signal?: AbortSignal } = {}) => {
      asked.push(`${id}/${index}`);
      const answer = answers.shift() ?? READY;
      await Promise.resolve();
      signal?.throwIfAborted();
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  encoding = new Encoding(api, { current } as unknown as Decoders, (seconds) => {
    pauses.push(seconds);
    return Promise.resolve();
  });
  encoding.readiness.subscribe((readiness) => seen.push(readiness));
});

describe("readiness", () => {
  it("tells the place in the queue while it waits", async () => {
    answers = [{ position: 2, seconds: 3 }, { position: 1, seconds: 1.5 }, READY];
    encoding.show(frame("a"));
    await encoding.ready(frame("a"));
    expect(seen.slice(1)).toEqual([
      { kind: "waiting" },
      { kind: "waiting", position: 2, seconds: 3 },
      { kind: "waiting", position: 1, seconds: 1.5 },
      { kind: "ready" },
    ]);
    expect(pauses).toEqual([]);
  });

  it("waits while the server is busy or away", async () => {
    answers = [new ApiError(503, "busy", "Busy.", { position: 9, seconds: 60 }), ApiError.unreachable(), READY];
    encoding.show(frame("a"));
    await encoding.ready(frame("a"));
    expect(pauses).toEqual([5, 2]);
    expect(encoding.readiness.value.kind).toBe("ready");
  });

  it("gives the embedding to the decoder that answers by the time it is there", async () => {
    encoding.show(frame("a"));
    const former = decoder;
    decoder = new FakeDecoder();
    current.value = { decoder, conversation: new Conversation(decoder) };
    await encoding.ready(frame("a"));
    expect([former.held.size, decoder.held.has("a/0/")]).toEqual([0, true]);
  });

  it("says what is wrong with the image", async () => {
    answers = [new ApiError(410, "gone", "The file is gone.")];
    encoding.show(frame("a"));
    await expect(encoding.ready(frame("a"))).rejects.toThrow("gone");
    expect(encoding.readiness.value).toEqual({ kind: "failed", message: "The file is gone." });
  });

  it("asks once for a frame, however many wait, and not again for what is held", async () => {
    encoding.show(frame("a"));
    await Promise.all([encoding.ready(frame("a")), encoding.ready(frame("a"))]);
    await encoding.ready(frame("a"));
    encoding.show(frame("a", 1));
    await encoding.ready(frame("a", 1));
    encoding.show(frame("a"));
    await encoding.ready(frame("a"));
    expect(asked).toEqual(["a/0", "a/1"]);
  });

  it("gives up what was waited for when another image is shown", async () => {
    answers = [{ position: 1, seconds: 1 }];
    encoding.show(frame("a"));
    const former = encoding.ready(frame("a"));
    encoding.show(frame("b"));
    await expect(former).rejects.toThrow();
    await encoding.ready(frame("b"));
    expect([encoding.readiness.value.kind, decoder.held.has("a/0/")]).toEqual(["ready", false]);
  });

  it("fetches ahead what is encoded already, and is silent about the rest", async () => {
    await encoding.ahead(frame("b"));
    expect(decoder.held.has("b/0/")).toBe(true);
    answers = [{ position: 1, seconds: 1 }, new ApiError(503, "busy", "Busy.")];
    await encoding.ahead(frame("c"));
    await encoding.ahead(frame("d"));
    await encoding.ahead(frame("b"));
    expect([decoder.held.size, asked.length, encoding.readiness.value.kind]).toEqual([1, 3, "idle"]);
  });
});
