/** What an annotation is made of; JSON over HTTP has exactly these names. Coordinates are original pixels. */

/** COCO's compressed run-length encoding; `size` is (height, width). */
export interface Rle {
  size: [number, number];
  counts: string;
}

/** x0, y0, x1, y1 in original pixels, the second corner exclusive. */
export type BoxXyxy = [number, number, number, number];

/** x, y in original pixels. */
export type PointXy = [number, number];

/** Millimetres per pixel in x and y. */
export type SpacingXy = [number, number];

/** 1: inside the object, 0: outside it. */
export type PointLabel = 0 | 1;

export interface Point {
  x: number;
  y: number;
  label: PointLabel;
}

/** 0: the model's single mask; 1 to 3: the alternatives in the network's order. */
export type Choice = 0 | 1 | 2 | 3;

/** What a user said about one object. `start` is a mask to begin with: a former one, or a painted one. */
export interface Prompt {
  points: Point[];
  boxXyxy: BoxXyxy | null;
  start: Rle | null;
  choice: Choice;
}

/** One structure on one frame. */
export interface ObjectItem {
  kind: "object";
  id: string;
  frame: number;
  labelId: string | null;
  /** "#rrggbb", or null for the label's colour. */
  colour: string | null;
  visible: boolean;
  locked: boolean;
  /** Order in the list and on the picture; the highest is on top. */
  position: number;
  prompt: Prompt;
  mask: Rle | null;
  /** The predicted IoU, 0 to 1; null for a painted mask. */
  score: number | null;
  origin: "model" | "brush";
  /** The same for one structure on all frames of a cine; at first the object's own id. */
  track: string;
}

/** A distance between two points of one frame. */
export interface RulerItem {
  kind: "ruler";
  id: string;
  frame: number;
  from: PointXy;
  to: PointXy;
  visible: boolean;
}

export type ImageState = "new" | "in work" | "done";

/** What is said about a whole file; crop, redactions and spacing hold for all of its frames. */
export interface ImageItem {
  kind: "image";
  id: "image";
  state: ImageState;
  crop: BoxXyxy | null;
  redactions: BoxXyxy[];
  note: string;
  /** What the user gave in the place of what the file says; null for that. */
  spacingMm: SpacingXy | null;
}

export type Item = ObjectItem | RulerItem | ImageItem;

export interface Label {
  id: string;
  name: string;
  /** "#rrggbb". */
  colour: string;
}

/** One step of work on one image, as it is saved: whole items that are put, ids that are removed. */
export interface Change {
  id: string;
  client: string;
  baseRevision: number;
  put: Item[];
  remove: string[];
}

/** A prompt that says nothing yet. */
export const EMPTY_PROMPT: Prompt = { points: [], boxXyxy: null, start: null, choice: 0 };

/** What holds of an image about which nothing was said. */
export const FRESH_IMAGE_ITEM: ImageItem = {
  kind: "image",
  id: "image",
  state: "new",
  crop: null,
  redactions: [],
  note: "",
  spacingMm: null,
};
