/** Boxes and points in original pixels. */
import type { BoxXyxy, PointXy } from "./items";
import type { MaskBitmap } from "./mask";

/** The smallest box around a mask, its second corner exclusive; null if the mask is empty. */
export function tightBox({ width, height, data }: MaskBitmap): BoxXyxy | null {
  let [x0, y0, x1, y1] = [width, -1, 0, 0];
  for (let y = 0; y < height; y++) {
    const start = y * width;
    const first = data.indexOf(1, start);
    if (first === -1) break;
    if (first >= start + width) {
      y = Math.floor(first / width) - 1;
      continue;
    }
    if (y0 < 0) y0 = y;
    y1 = y + 1;
    x0 = Math.min(x0, first - start);
    let last = start + width - 1;
    while (data[last] !== 1) last--;
    x1 = Math.max(x1, last - start + 1);
  }
  return y0 < 0 ? null : [x0, y0, x1, y1];
}

/** The smallest box around what is positive in `(height, width)` values; null if nothing is. */
export function tightBoxOf(values: ArrayLike<number>, width: number, height: number): BoxXyxy | null {
  let [x0, y0, x1, y1] = [width, height, 0, 0];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if ((values[at] ?? 0) <= 0) continue;
      if (x < x0) x0 = x;
      if (x >= x1) x1 = x + 1;
      if (y < y0) y0 = y;
      y1 = y + 1;
    }
  }
  return x1 > x0 ? [x0, y0, x1, y1] : null;
}

/** Whether a point lies in an image or box of [0, width) x [0, height). */
export function isInside(x: number, y: number, sizeHw: readonly [number, number]): boolean {
  return x >= 0 && y >= 0 && x < sizeHw[1] && y < sizeHw[0];
}

/** A box with its corners in order, cut to the image; null if less than one pixel of it is left. */
export function boxInside(box: BoxXyxy, sizeHw: readonly [number, number]): BoxXyxy | null {
  const [height, width] = sizeHw;
  const clip = (value: number, end: number) => Math.min(Math.max(value, 0), end);
  const x0 = clip(Math.min(box[0], box[2]), width);
  const x1 = clip(Math.max(box[0], box[2]), width);
  const y0 = clip(Math.min(box[1], box[3]), height);
  const y1 = clip(Math.max(box[1], box[3]), height);
  return x1 - x0 >= 1 && y1 - y0 >= 1 ? [x0, y0, x1, y1] : null;
}

/** A point moved to the nearest place inside the image. */
export function pointInside(x: number, y: number, sizeHw: readonly [number, number]): PointXy {
  const last = (value: number, end: number) => Math.min(Math.max(value, 0), end - 1e-3);
  return [last(x, sizeHw[1]), last(y, sizeHw[0])];
}
