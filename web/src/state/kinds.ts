/** The small types of what the workbench shows. */
import type { MaskBitmap } from "../model/mask";

export type Tool = "point" | "box" | "brush" | "eraser" | "ruler" | "pan" | "crop" | "redact";

/** One of the network's alternatives to its single mask. */
export interface Candidate {
  choice: 1 | 2 | 3;
  /** Predicted IoU, 0 to 1. */
  score: number;
  mask: MaskBitmap;
}

/** One frame's pixels as the server gives them, before window and level. */
export interface FramePixels {
  index: number;
  width: number;
  height: number;
  /** RGBA, 4 bytes per pixel, row by row. */
  rgba: Uint8ClampedArray;
  isColour: boolean;
}

/** Whether one can click: the frame's embedding and the decoder are there. `position` counts from 1 in the queue. */
export interface Readiness {
  kind: "idle" | "waiting" | "ready" | "failed";
  position?: number;
  seconds?: number;
  message?: string;
}

export interface Notice {
  id: number;
  kind: "info" | "warning" | "error";
  text: string;
  /** What a button beside the text does. */
  action?: NoticeAction;
}

export interface NoticeAction {
  name: string;
  act: () => void;
}

/** A file on its way to the server; `fraction` is 0 to 1. */
export interface Upload {
  name: string;
  fraction: number;
}
export type { Saving } from "../model/saving";
