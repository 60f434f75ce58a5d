/** A prompt in original pixels to what the decoder's graph takes. */
import { tightBox, tightBoxOf } from "../model/geometry";
import type { BoxXyxy, Point } from "../model/items";
import { LOGIT_STRIDE, type ModelFrame } from "./model_frame";
import type { Stage } from "./stage";

/** Token kinds of a box's corners; points have 0 (outside) and 1 (inside). */
const CORNERS = [2, 3] as const;
/** Follows points without a box, as in training. */
const NOT_A_POINT = [0, 0, -1] as const;

/** One object's tokens: `coords` (k, 2) in the model's frame, `labels` (k). */
export interface Tokens {
  coords: Float32Array;
  labels: Float32Array;
}

/** A mask without a point inside is accompanied by its own box, as these networks never learnt to follow it alone. */
export function toTokens(stage: Stage, frame: ModelFrame): Tokens {
  const box = stage.boxXyxy ?? (stage.points.some((point) => point.label === 1) ? null : boxOfMask(stage, frame));
  const corners = box ? cornersOf(box) : [];
  const clicked = stage.points.map(({ x, y, label }) => [Math.fround(x), Math.fround(y), label] as const);
  const points = [...clicked, ...(clicked.length && !box ? [NOT_A_POINT] : corners)];
  const [scaleX, scaleY] = frame.scaleXy;
  return {
    coords: Float32Array.from(points.flatMap(([x, y]) => [x * scaleX, y * scaleY])),
    labels: Float32Array.from(points.map(([, , label]) => label)),
  };
}

function cornersOf([x0, y0, x1, y1]: BoxXyxy): (readonly [number, number, number])[] {
  return [
    [x0, y0, CORNERS[0]],
    [x1, y1, CORNERS[1]],
  ];
}

function boxOfMask(stage: Stage, frame: ModelFrame): BoxXyxy | null {
  if (stage.start) return tightBox(stage.start);
  if (!stage.logits) return null;
  const n = frame.logitsSize;
  const box = tightBoxOf(stage.logits, n, n);
  if (!box) return null;
  const [height, width] = frame.originalHw;
  const [scaleX, scaleY] = frame.scaleXy;
  const original = (cell: number, scale: number, end: number) =>
    Math.min(Math.max((cell * LOGIT_STRIDE) / scale, 0), end);
  return [
    original(box[0], scaleX, width),
    original(box[1], scaleY, height),
    original(box[2], scaleX, width),
    original(box[3], scaleY, height),
  ];
}

/** Whether a prompt says anything at all. */
export function saysSomething(prompt: { points: Point[]; boxXyxy: BoxXyxy | null; start: unknown }): boolean {
  return prompt.points.length > 0 || prompt.boxXyxy !== null || prompt.start !== null;
}
