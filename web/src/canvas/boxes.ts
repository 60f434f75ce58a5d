import type { BoxXyxy } from "../model/items";
import type { BoxGrip } from "./hits";
import type { Size, Xy } from "./viewport";

/** A box of fewer original pixels on a side was a click, not a drag. */
export const SMALLEST_SIDE = 2;

/** Coordinates are kept to a hundredth of a pixel. */
export function tidy(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A point on the image, moved onto it if need be: a point on the line that ends the image is outside. */
export function placedPoint(at: Xy, image: Size): Xy {
  const inside = (value: number, length: number) => tidy(Math.max(0, Math.min(length - 0.01, value)));
  return { x: inside(at.x, image.width), y: inside(at.y, image.height) };
}

/** The box between two positions in any order, cut to the image. */
export function boxBetween(a: Xy, b: Xy, image: Size): BoxXyxy {
  const inside = (value: number, length: number) => tidy(Math.min(length, Math.max(0, value)));
  return [
    inside(Math.min(a.x, b.x), image.width),
    inside(Math.min(a.y, b.y), image.height),
    inside(Math.max(a.x, b.x), image.width),
    inside(Math.max(a.y, b.y), image.height),
  ];
}

/** True if the box is large enough to be meant. */
export function isMeant(box: BoxXyxy): boolean {
  return box[2] - box[0] >= SMALLEST_SIDE && box[3] - box[1] >= SMALLEST_SIDE;
}

/** The box after its grip was dragged `by` original pixels; it neither leaves the image nor turns inside out. */
export function dragged(box: BoxXyxy, grip: BoxGrip, by: Xy, image: Size): BoxXyxy {
  const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
  let [x1, y1, x2, y2] = box;
  if (grip.horizontal === 0 && grip.vertical === 0) {
    const dx = clamp(by.x, -x1, image.width - x2);
    const dy = clamp(by.y, -y1, image.height - y2);
    return [tidy(x1 + dx), tidy(y1 + dy), tidy(x2 + dx), tidy(y2 + dy)];
  }
  if (grip.horizontal < 0) x1 = tidy(clamp(x1 + by.x, 0, Math.max(0, x2 - SMALLEST_SIDE)));
  if (grip.horizontal > 0) x2 = tidy(clamp(x2 + by.x, Math.min(image.width, x1 + SMALLEST_SIDE), image.width));
  if (grip.vertical < 0) y1 = tidy(clamp(y1 + by.y, 0, Math.max(0, y2 - SMALLEST_SIDE)));
  if (grip.vertical > 0) y2 = tidy(clamp(y2 + by.y, Math.min(image.height, y1 + SMALLEST_SIDE), image.height));
  return [x1, y1, x2, y2];
}
