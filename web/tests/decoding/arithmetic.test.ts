/** The page's arithmetic against the server's, by what Python made. */
import { describe, expect, it } from "vitest";
import { base64ToFloat32, float32ToBase64 } from "../../src/decoding/bytes";
import { maskToLogits } from "../../src/decoding/mask_prompt";
import { ModelFrame } from "../../src/decoding/model_frame";
import { toTokens } from "../../src/decoding/prompts";
import { logitsToMask } from "../../src/decoding/upsample";
import { rleToMask } from "../../src/model/rle";
import { ARITHMETIC, pointsOf } from "../fixtures/arithmetic";

const { inputSize } = ARITHMETIC;

describe("upsampling", () => {
  const cases = ARITHMETIC.upsampling.map((one) => ({ name: `${one.pipeline} ${one.sizeHw.join(" x ")}`, ...one }));
  it.each(cases)("gives the server's mask: $name", ({ pipeline, sizeHw, logits, mask }) => {
    const frame = ModelFrame.fitted(sizeHw, inputSize, pipeline);
    const found = logitsToMask(base64ToFloat32(logits), frame);
    const expected = rleToMask(mask);
    expect([found.height, found.width]).toEqual(sizeHw);
    const differing = found.data.reduce((count, value, index) => count + Number(value !== expected.data[index]), 0);
    // A value that rounds to the other side of the threshold.
    expect(differing).toBeLessThanOrEqual(2);
  });
});

describe("a mask as prompt", () => {
  it.each(ARITHMETIC.maskPrompts)("has the server's logits: $sizeHw", ({ sizeHw, mask, logits }) => {
    const found = maskToLogits(rleToMask(mask), ModelFrame.fitted(sizeHw, inputSize, "sam"));
    const expected = base64ToFloat32(logits);
    const worst = found.reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0);
    expect(worst).toBeLessThan(1e-4);
  });
});

describe("tokens", () => {
  const [group] = ARITHMETIC.tokens;
  it.each(group!.prompts.map((prompt, index) => ({ index, prompt })))(
    "are the server's: prompt $index",
    ({ prompt }) => {
      const frame = ModelFrame.fitted(group!.sizeHw, inputSize, "sam");
      const stage = {
        points: pointsOf(prompt.points),
        boxXyxy: prompt.box ?? null,
        start: prompt.mask === "bool" ? rleToMask(group!.mask) : null,
        logits: prompt.mask === "logits" ? base64ToFloat32(group!.logits) : null,
      };
      const { coords, labels } = toTokens(stage, frame);
      expect(Array.from(labels)).toEqual(prompt.labels);
      prompt.coords.flat().forEach((value, index) => expect(coords[index]).toBeCloseTo(value, 3));
      expect(coords.length).toBe(2 * labels.length);
    },
  );
});

describe("logits as base64", () => {
  it("come back", () => {
    const values = Float32Array.from({ length: 70_001 }, (_, index) => Math.sin(index) * 20);
    expect(base64ToFloat32(float32ToBase64(values))).toEqual(values);
  });
});
