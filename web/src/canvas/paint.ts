import type { MaskBitmap } from "../model/mask";
import type { Area } from "./area";
import type { Xy } from "./viewport";

/**
 * Paints (1) or erases (0) where a round tip goes along a straight line: every pixel whose centre lies within `radius`
 * of the line. A tip smaller than a pixel still takes the pixel that it is on.
 *
 * Positions and radius are in original pixels. Gives the area that may have changed, null if none.
 */
export function paintStroke(mask: MaskBitmap, from: Xy, to: Xy, radius: number, value: 0 | 1): Area | null {
  const { width, height, data } = mask;
  const reach = Math.max(radius, Math.SQRT1_2);
  const top = Math.max(0, Math.ceil(Math.min(from.y, to.y) - reach - 0.5));
  const bottom = Math.min(height, Math.floor(Math.max(from.y, to.y) + reach - 0.5) + 1);
  const left = Math.max(0, Math.ceil(Math.min(from.x, to.x) - reach - 0.5));
  const right = Math.min(width, Math.floor(Math.max(from.x, to.x) + reach - 0.5) + 1);
  if (left >= right || top >= bottom) return null;
  const alongX = to.x - from.x;
  const alongY = to.y - from.y;
  const length2 = alongX * alongX + alongY * alongY;
  const reach2 = reach * reach;
  for (let row = top; row < bottom; row++) {
    const dy = row + 0.5 - from.y;
    const start = row * width;
    for (let column = left; column < right; column++) {
      const dx = column + 0.5 - from.x;
      const share = length2 > 0 ? Math.max(0, Math.min(1, (dx * alongX + dy * alongY) / length2)) : 0;
      const offX = dx - share * alongX;
      const offY = dy - share * alongY;
      if (offX * offX + offY * offY <= reach2) data[start + column] = value;
    }
  }
  return { left, top, right, bottom };
}
