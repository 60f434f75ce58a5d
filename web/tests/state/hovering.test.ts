import { expect, it, vi } from "vitest";
import { EMPTY_PROMPT } from "../../src/model/items";
import { MaskBitmap } from "../../src/model/mask";
import type { Answering } from "../../src/state/decoders";
import { Hovering } from "../../src/state/hovering";

const atOnce = () => Promise.resolve();
const FRAME = { imageId: "a", index: 0, sizeHw: [10, 10] as [number, number], version: "" };

function answeringWith(outcome: () => Promise<{ mask: MaskBitmap }>): Answering {
  return { decoder: { needsEmbedding: true }, conversation: { outcome } } as unknown as Answering;
}

it("previews where the mouse rests as soon as the embedding is there", async () => {
  const outcome = vi.fn(() => Promise.resolve({ mask: new MaskBitmap(10, 10) }));
  let arrived = () => {};
  const arrival = new Promise<void>((done) => (arrived = done));
  let answering: Answering | null = null;
  const hovering = new Hovering(
    () => answering,
    () => arrival,
  );
  hovering.at({ frame: FRAME, prompt: { ...EMPTY_PROMPT } });
  const newest = { ...EMPTY_PROMPT };
  hovering.at({ frame: FRAME, prompt: newest });
  expect(outcome).not.toHaveBeenCalled();
  answering = answeringWith(outcome);
  arrived();
  await vi.waitFor(() => expect(hovering.mask.value).not.toBe(null));
  expect(outcome.mock.calls).toEqual([[FRAME, newest]]);
});

it("asks nothing while a click waits, nor after the mouse left", async () => {
  const arrival = vi.fn(atOnce);
  const busy = new Hovering(() => null, arrival);
  busy.at({ frame: FRAME, prompt: { ...EMPTY_PROMPT } });
  await new Promise((done) => setTimeout(done, 10));
  expect(arrival).toHaveBeenCalledOnce();

  const outcome = vi.fn(() => Promise.resolve({ mask: new MaskBitmap(10, 10) }));
  let answering: Answering | null = null;
  const left = new Hovering(() => answering, arrival);
  left.at({ frame: FRAME, prompt: { ...EMPTY_PROMPT } });
  left.off();
  answering = answeringWith(outcome);
  await new Promise((done) => setTimeout(done, 10));
  expect([outcome.mock.calls.length, left.mask.value]).toEqual([0, null]);
});

it("previews no mask that covers nearly the whole picture", async () => {
  const of = (inside: number) => {
    const mask = new MaskBitmap(10, 10);
    mask.data.fill(1, 0, inside);
    return mask;
  };
  const masks = [of(90), of(91), of(0)];
  const outcome = vi.fn(() => Promise.resolve({ mask: masks.shift()! }));
  const hovering = new Hovering(() => answeringWith(outcome), atOnce);
  const shares: (number | undefined)[] = [];
  for (let question = 1; question <= 3; question++) {
    hovering.at({ frame: FRAME, prompt: { ...EMPTY_PROMPT } });
    await vi.waitFor(() => expect(outcome).toHaveBeenCalledTimes(question));
    await Promise.resolve();
    shares.push(hovering.mask.value?.share);
  }
  expect(shares).toEqual([0.9, undefined, 0]);
});
