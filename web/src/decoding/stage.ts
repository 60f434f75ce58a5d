/** One question to the decoder and its answer. */
import type { BoxXyxy, Choice, Point } from "../model/items";
import type { MaskBitmap } from "../model/mask";

/** What is asked at one stage: all points so far, the box, and a mask to begin with or the logits of the stage before. */
export interface Stage {
  points: Point[];
  boxXyxy: BoxXyxy | null;
  start: MaskBitmap | null;
  logits: Float32Array | null;
}

/** The network's four masks: the single one, then the three alternatives. */
export interface StageAnswer {
  /** Four times `(n, n)` low-resolution logits. */
  logits: Float32Array;
  /** Four predicted IoUs. */
  scores: number[];
  /** Those masks that were finished at the original size. */
  masks: Map<Choice, MaskBitmap>;
}

/** One frame of one image, as the decoder knows it. */
export interface FrameRef {
  imageId: string;
  index: number;
  /** Height and width in original pixels. */
  sizeHw: readonly [number, number];
  /** Changes with the file on the disk, so that an old embedding is not taken for a new one. */
  version: string;
}

export function frameKey(frame: FrameRef): string {
  return `${frame.imageId}/${frame.index}/${frame.version}`;
}

/** Logits of one of the four masks. */
export function logitsOf(answer: StageAnswer, choice: Choice): Float32Array {
  const size = answer.logits.length / 4;
  return answer.logits.subarray(choice * size, (choice + 1) * size);
}
