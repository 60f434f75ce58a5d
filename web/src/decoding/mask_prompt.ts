/** A user's mask as a mask prompt: averaged over the cells of the low-resolution grid (antialiased bilinear). */
import type { MaskBitmap } from "../model/mask";
import { LOGIT_STRIDE, SURE_LOGIT, type ModelFrame } from "./model_frame";

/** `(n, n)` float32: plus or minus SURE_LOGIT, graded over cells that the outline crosses. */
export function maskToLogits(mask: MaskBitmap, frame: ModelFrame): Float32Array {
  const n = frame.logitsSize;
  const [height, width] = frame.resizedHw.map((side) => Math.max(roundedToEven(side / LOGIT_STRIDE), 1)) as [
    number,
    number,
  ];
  const cover = resized(mask, height, width);
  const logits = new Float32Array(n * n).fill(-SURE_LOGIT);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      logits[y * n + x] = (2 * Math.min(Math.max(cover[y * width + x]!, 0), 1) - 1) * SURE_LOGIT;
    }
  }
  return logits;
}

/** Halves go to the even neighbour, as Python rounds. */
function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

interface Span {
  start: number;
  weights: Float32Array;
}

function resized(mask: MaskBitmap, height: number, width: number): Float32Array {
  const columns = spans(mask.width, width);
  const rows = spans(mask.height, height);
  const narrow = new Float32Array(mask.height * width);
  for (let y = 0, at = 0; y < mask.height; y++) {
    for (const { start, weights } of columns) {
      let sum = 0;
      for (let i = 0, from = y * mask.width + start; i < weights.length; i++) sum += weights[i]! * mask.data[from + i]!;
      narrow[at++] = sum;
    }
  }
  const result = new Float32Array(height * width);
  rows.forEach(({ start, weights }, y) => {
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      for (let x = 0, from = (start + i) * width, to = y * width; x < width; x++, from++, to++) {
        result[to] = result[to]! + weight * narrow[from]!;
      }
    }
  });
  return result;
}

/** The cells of the long axis that each cell of the short one averages, under a triangle as wide as the scale. */
function spans(from: number, to: number): Span[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = scale * (i + 0.5);
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const end = Math.min(Math.trunc(centre + support + 0.5), from);
    const weights = Float32Array.from({ length: end - start }, (_, j) =>
      Math.max(1 - Math.abs((j + start - centre + 0.5) / support), 0),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}
