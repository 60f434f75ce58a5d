import type { Stretch } from "../model/stretch";

/** A point or vector; the name of the variable says whether in CSS pixels of the stage or in original pixels. */
export interface Xy {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the picture lies on the stage: stage = original * stretch * scale + (left, top), in CSS pixels. */
export interface Viewport {
  /** CSS pixels for the shorter side of an original pixel. */
  readonly scale: number;
  readonly stretch: Stretch;
  readonly left: number;
  readonly top: number;
}

/** Largest magnification, CSS pixels for the shorter side of an original pixel. */
export const MAX_SCALE = 40;
/** Space around the picture when it is fitted, CSS pixels. */
export const FIT_MARGIN = 12;
/** So many CSS pixels of the picture (or all of it, if it is smaller) stay on the stage whatever one does. */
export const KEEP_VISIBLE = 64;

/** Original pixels of a position on the stage. */
export function toImage(view: Viewport, stage: Xy): Xy {
  const { x, y } = sidesOf(view);
  return { x: (stage.x - view.left) / x, y: (stage.y - view.top) / y };
}

/** Stage CSS pixels of a position in the original image. */
export function toStage(view: Viewport, image: Xy): Xy {
  const { x, y } = sidesOf(view);
  return { x: image.x * x + view.left, y: image.y * y + view.top };
}

/** Original pixels, across and down, that are so many CSS pixels long. */
export function inPixels(view: Viewport, length: number): Xy {
  const { x, y } = sidesOf(view);
  return { x: length / x, y: length / y };
}

/** The size of the picture in its true shape; unit is the shorter side of an original pixel. */
export function stretched(image: Size, { x, y }: Stretch): Size {
  return { width: image.width * x, height: image.height * y };
}

/** CSS pixels of the sides of an original pixel. */
function sidesOf({ scale, stretch }: Viewport): Xy {
  return { x: scale * stretch.x, y: scale * stretch.y };
}

/** The whole picture in the middle of the stage, as large as it gets. */
export function fitted(image: Size, stage: Size, stretch: Stretch): Viewport {
  const { width, height } = stretched(image, stretch);
  const margin = Math.min(FIT_MARGIN, stage.width / 8, stage.height / 8);
  const across = (stage.width - 2 * margin) / Math.max(1, width);
  const down = (stage.height - 2 * margin) / Math.max(1, height);
  const scale = Math.min(MAX_SCALE, Math.max(1e-3, Math.min(across, down)));
  return { scale, stretch, left: (stage.width - width * scale) / 2, top: (stage.height - height * scale) / 2 };
}

/** Smallest magnification: half of the fitted one, or 1:1 where that is smaller still. */
export function minScale(image: Size, stage: Size, stretch: Stretch): number {
  return Math.min(1, fitted(image, stage, stretch).scale / 2);
}

function keptOnStage(offset: number, length: number, room: number): number {
  const keep = Math.min(KEEP_VISIBLE, length, room);
  return Math.min(room - keep, Math.max(keep - length, offset));
}

/** The same view, moved as little as needed for the picture not to be lost. */
export function bounded(view: Viewport, image: Size, stage: Size): Viewport {
  const { width, height } = stretched(image, view.stretch);
  return {
    ...view,
    left: keptOnStage(view.left, width * view.scale, stage.width),
    top: keptOnStage(view.top, height * view.scale, stage.height),
  };
}

/** Zooms by `factor`; what lies under `anchor` (stage CSS pixels) stays there unless the bounds forbid it. */
export function zoomedAt(view: Viewport, factor: number, anchor: Xy, image: Size, stage: Size): Viewport {
  const scale = Math.min(MAX_SCALE, Math.max(minScale(image, stage, view.stretch), view.scale * factor));
  const grown = scale / view.scale;
  const [left, top] = [anchor.x - (anchor.x - view.left) * grown, anchor.y - (anchor.y - view.top) * grown];
  return bounded({ ...view, scale, left, top }, image, stage);
}

/** Moved by CSS pixels. */
export function panned(view: Viewport, by: Xy, image: Size, stage: Size): Viewport {
  return bounded({ ...view, left: view.left + by.x, top: view.top + by.y }, image, stage);
}

/** Two fingers went from `before` to `after` (stage CSS pixels): their middle pans, their distance zooms. */
export function pinched(
  view: Viewport,
  before: readonly [Xy, Xy],
  after: readonly [Xy, Xy],
  image: Size,
  stage: Size,
): Viewport {
  const spread = ([a, b]: readonly [Xy, Xy]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const middle = ([a, b]: readonly [Xy, Xy]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const from = middle(before);
  const to = middle(after);
  const moved = { ...view, left: view.left + to.x - from.x, top: view.top + to.y - from.y };
  return zoomedAt(moved, spread(after) / spread(before), to, image, stage);
}

/** The factor of one wheel event; `mode` is WheelEvent.deltaMode (0 pixels, 1 lines, 2 pages). */
export function wheelFactor(deltaY: number, mode: number, isPinch: boolean): number {
  const pixels = deltaY * (mode === 1 ? 16 : mode === 2 ? 400 : 1);
  const step = Math.max(-240, Math.min(240, pixels)) * (isPinch ? 0.01 : 0.0018);
  return Math.exp(-step);
}

/** The view after something above the stage pushed its top down by `by` CSS pixels: the picture stays on the screen. */
export function pushed(view: Viewport, by: number, image: Size, after: Size): Viewport {
  return panned(view, { x: 0, y: -by }, image, after);
}

/** The view after the stage's size changed: fitted stays fitted, else the middle stays in the middle. */
export function resized(view: Viewport, image: Size, before: Size, after: Size): Viewport {
  const whole = fitted(image, before, view.stretch);
  const isWhole = Math.abs(whole.scale - view.scale) < 1e-6 && Math.abs(whole.left - view.left) < 0.5;
  if (isWhole) return fitted(image, after, view.stretch);
  const by = { x: (after.width - before.width) / 2, y: (after.height - before.height) / 2 };
  return panned(view, by, image, after);
}
