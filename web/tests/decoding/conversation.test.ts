import { beforeEach, describe, expect, it } from "vitest";
import { Conversation } from "../../src/decoding/conversation";
import type { FrameRef } from "../../src/decoding/stage";
import { EMPTY_PROMPT, type Prompt } from "../../src/model/items";
import { MaskBitmap } from "../../src/model/mask";
import { maskToRle } from "../../src/model/rle";
import { FakeDecoder } from "./fake_decoder";

const FRAME: FrameRef = { imageId: "image", index: 0, sizeHw: [20, 30], version: "" };

let decoder: FakeDecoder;
let conversation: Conversation;
beforeEach(() => {
  decoder = new FakeDecoder();
  conversation = new Conversation(decoder);
});

function clicks(...xs: number[]): Prompt {
  return { ...EMPTY_PROMPT, points: xs.map((x) => ({ x, y: 5, label: 1 as const })) };
}

describe("a conversation", () => {
  it("asks once for each further point, with the single mask of the stage before", async () => {
    await conversation.outcome(FRAME, clicks(1, 2, 3));
    expect(decoder.asked.map((stage) => stage.points.length)).toEqual([1, 2, 3]);
    expect(decoder.asked.map((stage) => stage.logits?.[0] ?? null)).toEqual([null, 10, 20]);
  });

  it("costs one decode for a new click, and none for what was asked before", async () => {
    await conversation.outcome(FRAME, clicks(1, 2));
    await conversation.outcome(FRAME, clicks(1, 2, 3));
    await conversation.outcome(FRAME, clicks(1, 2));
    expect(decoder.asked.length).toBe(3);
  });

  it("costs one decode for a new click after a hundred, too", async () => {
    const many = Array.from({ length: 101 }, (_, x) => x);
    await conversation.outcome(FRAME, clicks(...many.slice(0, 100)));
    expect(decoder.asked.length).toBe(100);
    await conversation.outcome(FRAME, clicks(...many));
    await conversation.outcome(FRAME, clicks(...many.slice(0, 99)));
    expect(decoder.asked.length).toBe(101);
  });

  it("is replayed from the point that was altered", async () => {
    await conversation.outcome(FRAME, clicks(1, 2, 3));
    await conversation.outcome(FRAME, clicks(1, 9, 3));
    expect(decoder.asked.slice(3).map((stage) => stage.points.map((point) => point.x))).toEqual([
      [1, 9],
      [1, 9, 3],
    ]);
    expect(decoder.asked[3]?.logits?.[0]).toBe(10);
  });

  it("takes the choice for the last stage only, without asking again", async () => {
    const chosen = await conversation.outcome(FRAME, { ...clicks(1, 2), choice: 2 });
    const single = await conversation.outcome(FRAME, clicks(1, 2));
    expect(decoder.asked.length).toBe(2);
    expect(decoder.asked[1]?.logits?.[0]).toBe(10);
    expect([single.score, chosen.score]).toEqual([0.5, 0.7]);
    expect(chosen.mask.data.indexOf(0)).toBe(3 * 30);
  });

  it("begins with the box and the mask to start from, and keeps the box", async () => {
    const mask = new MaskBitmap(30, 20);
    mask.data.fill(1, 40, 80);
    const prompt: Prompt = { ...clicks(1, 2), boxXyxy: [1, 2, 10, 12], start: maskToRle(mask) };
    await conversation.outcome(FRAME, prompt);
    expect(decoder.asked.map((stage) => stage.boxXyxy)).toEqual([prompt.boxXyxy, prompt.boxXyxy]);
    expect(decoder.asked[0]?.start?.data).toEqual(mask.data);
    expect([decoder.asked[0]?.logits, decoder.asked[1]?.start]).toEqual([null, null]);
  });

  it("is one stage for a box or a mask alone", async () => {
    await conversation.outcome(FRAME, { ...EMPTY_PROMPT, boxXyxy: [1, 2, 10, 12] });
    expect(decoder.asked.length).toBe(1);
  });

  it("does not take one frame's answers for another's", async () => {
    await conversation.outcome(FRAME, clicks(1));
    await conversation.outcome({ ...FRAME, index: 1 }, clicks(1));
    await conversation.outcome({ ...FRAME, version: "2" }, clicks(1));
    expect(decoder.asked.length).toBe(3);
  });

  it("offers the three alternatives in the network's order", async () => {
    const found = await conversation.alternatives(FRAME, await conversation.outcome(FRAME, clicks(1)));
    expect(found.map(({ choice, score }) => [choice, score])).toEqual([
      [1, 0.6],
      [2, 0.7],
      [3, 0.8],
    ]);
  });
});
