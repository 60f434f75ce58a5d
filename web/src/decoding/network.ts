/** The decoder's graph run by onnxruntime-web; what the worker does, without being one. */
import type * as Ort from "onnxruntime-web/wasm";
import { maskToLogits } from "./mask_prompt";
import type { ModelFrame } from "./model_frame";
import { toTokens } from "./prompts";
import type { Stage } from "./stage";

export type OrtModule = Pick<typeof Ort, "Tensor">;

/** Four masks' logits `(4, n, n)` and predicted IoUs. */
export interface NetworkAnswer {
  logits: Float32Array;
  scores: number[];
}

export class DecoderNetwork {
  constructor(
    private readonly ort: OrtModule,
    private readonly session: Ort.InferenceSession,
  ) {}

  /**
   * Answer one question.
   *
   * @param embedding `(1, C, S/16, S/16)`, C channels of the network's.
   */
  async decode(embedding: Float32Array, stage: Stage, frame: ModelFrame): Promise<NetworkAnswer> {
    const n = frame.logitsSize;
    const grid = frame.inputSize / 16;
    const { coords, labels } = toTokens(stage, frame);
    const mask = stage.start ? maskToLogits(stage.start, frame) : stage.logits;
    const { Tensor } = this.ort;
    const outputs = await this.session.run({
      image_embeddings: new Tensor("float32", embedding, [1, embedding.length / grid ** 2, grid, grid]),
      point_coords: new Tensor("float32", coords, [1, labels.length, 2]),
      point_labels: new Tensor("float32", labels, [1, labels.length]),
      mask_input: new Tensor("float32", mask ?? new Float32Array(n * n), [1, 1, n, n]),
      has_mask_input: new Tensor("float32", Float32Array.of(mask ? 1 : 0), [1]),
    });
    const logits = outputs.low_res_masks?.data;
    const scores = outputs.iou_predictions?.data;
    if (!(logits instanceof Float32Array) || !(scores instanceof Float32Array)) {
      throw new Error("Expected low_res_masks and iou_predictions from the decoder's graph.");
    }
    return { logits: logits.slice(), scores: Array.from(scores) };
  }
}
