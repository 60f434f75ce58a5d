/** A mask as a small picture: the frame in grey, cut to the mask and its surroundings, the mask in colour over it. */
import { extentOf, union, type Area } from "../canvas/area";
import { rgbOf } from "../canvas/tint";
import type { MaskBitmap } from "../model/mask";
import type { Stretch } from "../model/stretch";
import type { FramePixels } from "../state/kinds";

export interface Cut {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The part of the frame that shows all masks with a margin, original pixels; as one sees it, it has this aspect. */
export function cutAround(masks: readonly MaskBitmap[], seenAspect: number, stretch: Stretch): Cut | null {
  const first = masks[0];
  if (!first) return null;
  const area = masks.reduce<Area | null>((all, mask) => union(all, extentOf(mask)), null);
  if (!area) return { x: 0, y: 0, width: first.width, height: first.height };
  const { left, top, right, bottom } = area;
  const aspect = (seenAspect * stretch.y) / stretch.x;
  const height = Math.max((bottom - top) * 1.3, ((right - left) * 1.3) / aspect);
  const width = height * aspect;
  return { x: (left + right - width) / 2, y: (top + bottom - height) / 2, width, height };
}

/** Fills RGBA pixels of `width` x `height` with the nearest ones of the frame, tinted where the mask is. */
export function paintMask(
  out: Uint8ClampedArray,
  width: number,
  height: number,
  cut: Cut,
  frame: FramePixels | null,
  mask: MaskBitmap,
  colour: string,
): void {
  const tint = rgbOf(colour);
  for (let row = 0; row < height; row++) {
    const y = Math.floor(cut.y + ((row + 0.5) / height) * cut.height);
    for (let column = 0; column < width; column++) {
      const x = Math.floor(cut.x + ((column + 0.5) / width) * cut.width);
      const at = (row * width + column) * 4;
      const isInside = x >= 0 && y >= 0 && x < mask.width && y < mask.height;
      const share = isInside && mask.data[y * mask.width + x] === 1 ? 0.55 : 0;
      for (let channel = 0; channel < 3; channel++) {
        const grey = isInside && frame ? (frame.rgba[(y * frame.width + x) * 4 + channel] ?? 0) : 0;
        out[at + channel] = grey * (1 - share) + (tint[channel] ?? 0) * share;
      }
      out[at + 3] = 255;
    }
  }
}
