/** What answers prompts about an encoded frame: the network in this browser, or the server. */
import type { Choice } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import type { FrameRef, Stage, StageAnswer } from "./stage";

export interface Decoder {
  /** Where it computes, for the status bar: "WebGPU", "WebAssembly, 2 threads", "server". */
  readonly where: string;
  /** Whether it needs the embedding in this browser. */
  readonly needsEmbedding: boolean;
  /** Keep a frame's embedding `(1, 256, S/16, S/16)`. */
  hold(frame: FrameRef, embedding: Float32Array): void;
  holds(frame: FrameRef): boolean;
  /** Answer one question, and finish the chosen mask with it. */
  decode(frame: FrameRef, stage: Stage, finish: Choice | null): Promise<StageAnswer>;
  /** Masks at the original size of an answer's choices. */
  finish(frame: FrameRef, answer: StageAnswer, choices: Choice[]): Promise<MaskBitmap[]>;
  close(): void;
}
