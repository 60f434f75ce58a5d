import { tightBox } from "../model/geometry";
import type { MaskBitmap } from "../model/mask";

/** Whole pixels; right and bottom exclusive. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest area that has all set pixels; null where there is none. */
export function extentOf(mask: MaskBitmap): Area | null {
  const box = tightBox(mask);
  return box && { left: box[0], top: box[1], right: box[2], bottom: box[3] };
}

/** The smallest area that has both. */
export function union(a: Area | null, b: Area | null): Area | null {
  if (!a || !b) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** True if the position (original pixels) lies on a set pixel. */
export function isSet(mask: MaskBitmap, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) return false;
  return mask.data[Math.floor(y) * mask.width + Math.floor(x)] === 1;
}
