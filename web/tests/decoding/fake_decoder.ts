import type { Decoder } from "../../src/decoding/decoder";
import { frameKey, type FrameRef, type Stage, type StageAnswer } from "../../src/decoding/stage";
import type { Choice } from "../../src/model/items";
import { MaskBitmap } from "../../src/model/mask";

/** Side of its low-resolution logits. */
export const SIDE = 4;

/** Answers with numbers that tell what it was asked, and counts. Mask c has its first c + 1 rows inside. */
export class FakeDecoder implements Decoder {
  readonly where = "fake";
  readonly needsEmbedding = true;
  readonly asked: Stage[] = [];
  readonly held = new Set<string>();
  failure: Error | null = null;
  /** While set, answers wait for it. */
  gate: Promise<void> | null = null;

  hold(frame: FrameRef): void {
    this.held.add(frameKey(frame));
  }

  holds(frame: FrameRef): boolean {
    return this.held.has(frameKey(frame));
  }

  async decode(_frame: FrameRef, stage: Stage): Promise<StageAnswer> {
    this.asked.push(stage);
    await this.gate;
    if (this.failure) throw this.failure;
    const number = this.asked.length;
    const logits = Float32Array.from({ length: 4 * SIDE ** 2 }, (_, i) => 10 * number + Math.floor(i / SIDE ** 2));
    return { logits, scores: [0, 1, 2, 3].map((choice) => 0.5 + choice / 10), masks: new Map() };
  }

  finish(frame: FrameRef, _answer: StageAnswer, choices: Choice[]): Promise<MaskBitmap[]> {
    const [height, width] = frame.sizeHw;
    const masks = choices.map((choice) => {
      const mask = new MaskBitmap(width, height);
      mask.data.fill(1, 0, (choice + 1) * width);
      return mask;
    });
    return Promise.resolve(masks);
  }

  close(): void {}
}
