/** Decoding on the server, where the browser cannot or the pipeline needs more than the decoder's graph. */
import type { Api } from "../api/client";
import type { SegmentMask } from "../api/answers";
import type { Choice, Rle } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { maskToRle, rleToMask } from "../model/rle";
import { base64ToFloat32, float32ToBase64 } from "./bytes";
import type { Decoder } from "./decoder";
import type { FrameRef, Stage, StageAnswer } from "./stage";

export class ServerDecoder implements Decoder {
  readonly where = "server";
  readonly needsEmbedding = false;
  private readonly encoded = new WeakMap<StageAnswer, Rle[]>();

  constructor(private readonly api: Pick<Api, "segment">) {}

  hold(): void {}

  holds(): boolean {
    return true;
  }

  async decode(frame: FrameRef, stage: Stage): Promise<StageAnswer> {
    const n = Math.sqrt(stage.logits?.length ?? 0);
    const mask = stage.start
      ? maskToRle(stage.start)
      : stage.logits && { shape: [n, n] as [number, number], float32: float32ToBase64(stage.logits) };
    const answer = await this.api.segment(frame.imageId, frame.index, {
      objects: [{ points: stage.points, boxXyxy: stage.boxXyxy, mask }],
      multimask: null,
      refine: null,
      candidates: true,
      logits: true,
    });
    const result = answer.results[0];
    const four: SegmentMask[] = result ? [result, ...(result.candidates ?? [])] : [];
    if (four.length !== 4)
      throw new Error(`Expected one mask and three candidates from the server, but got ${four.length}.`);
    const each = four.map((one) => base64ToFloat32(one.logits?.float32 ?? ""));
    const size = each[0]!.length;
    const logits = new Float32Array(4 * size);
    each.forEach((values, index) => logits.set(values, index * size));
    const answered = { logits, scores: four.map((one) => one.score), masks: new Map<Choice, MaskBitmap>() };
    this.encoded.set(
      answered,
      four.map((one) => one.mask),
    );
    return answered;
  }

  finish(_frame: FrameRef, answer: StageAnswer, choices: Choice[]): Promise<MaskBitmap[]> {
    for (const choice of choices) {
      const rle = this.encoded.get(answer)?.[choice];
      if (rle && !answer.masks.has(choice)) answer.masks.set(choice, rleToMask(rle));
    }
    return Promise.resolve(choices.map((choice) => answer.masks.get(choice)!));
  }

  close(): void {}
}
