/** How one image lies in the model's square input: resized so that it fills the upper left part, the rest is padding. */
import type { PipelineName } from "../api/answers";

/** Low-resolution logits have a quarter of the input's side. */
export const LOGIT_STRIDE = 4;
/** The logit of "surely inside"; minus it: outside. */
export const SURE_LOGIT = 10;

export class ModelFrame {
  private constructor(
    /** Height and width of the original image. */
    readonly originalHw: readonly [number, number],
    /** Height and width that it has in the model's input. */
    readonly resizedHw: readonly [number, number],
    readonly inputSize: number,
    readonly pipeline: PipelineName,
  ) {}

  static fitted(originalHw: readonly [number, number], inputSize: number, pipeline: PipelineName): ModelFrame {
    if (pipeline === "medsam") return new ModelFrame(originalHw, [inputSize, inputSize], inputSize, pipeline);
    const scale = inputSize / Math.max(...originalHw);
    const half = pipeline === "sam" ? 0.5 : 0;
    const side = (pixels: number) => Math.max(Math.floor(pixels * scale + half), 1);
    return new ModelFrame(originalHw, [side(originalHw[0]), side(originalHw[1])], inputSize, pipeline);
  }

  /** Model pixels per original pixel, in x and in y. */
  get scaleXy(): [number, number] {
    return [this.resizedHw[1] / this.originalHw[1], this.resizedHw[0] / this.originalHw[0]];
  }

  /** Side of the square low-resolution logits. */
  get logitsSize(): number {
    return Math.floor(this.inputSize / LOGIT_STRIDE);
  }
}
