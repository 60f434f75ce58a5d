/** What the page and the decoding worker say to each other. */
import type { Choice } from "../model/items";
import type { ModelFrame } from "./model_frame";
import type { Stage } from "./stage";

/** A {@link ModelFrame} as a message: what it is made of. */
export type FrameSize = Pick<ModelFrame, "originalHw" | "inputSize" | "pipeline">;

export type Request =
  | { kind: "load"; id: number; graph: ArrayBuffer; threads: number; mayUseGpu: boolean; inputSize: number }
  | { kind: "hold"; key: string; embedding: Float32Array }
  | { kind: "forget"; key: string }
  | { kind: "decode"; id: number; key: string; frame: FrameSize; stage: StageMessage; finish: Choice | null }
  | { kind: "finish"; id: number; frame: FrameSize; logits: Float32Array[] };

/** A stage whose mask is plain data. */
export type StageMessage = Omit<Stage, "start"> & { start: Uint8Array | null };

export type Reply =
  | { kind: "loaded"; id: number; where: string }
  | { kind: "decoded"; id: number; logits: Float32Array; scores: number[]; mask: Uint8Array | null }
  | { kind: "finished"; id: number; masks: Uint8Array[] }
  | { kind: "failed"; id: number; message: string };

/** Nothing is answered any more, neither what waits nor what will be asked. */
export interface Lost {
  kind: "lost";
  message: string;
}
