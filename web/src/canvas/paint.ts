import type { MaskBitmap } from "../model/mask";
import type { Stretch } from "../model/stretch";
import type { Area } from "./area";
import type { Xy } from "./viewport";

/** The radius of a tip that takes the pixel that it is on wherever it is there; unit is a pixel's shorter side. */
export function tipRadius(radius: number, stretch: Stretch): number {
  return Math.max(radius, Math.hypot(stretch.x, stretch.y) / 2);
}

/**
 * Paints (1) or erases (0) where a tip goes along a straight line: every pixel whose centre lies within its radius of
 * the line. The tip is round as one sees it, in the stretched picture, and so an ellipse of pixels that are not square.
 *
 * Positions are in original pixels, the radius in shorter sides of one. Gives the area that may have changed, null if
 * none.
 */
export function paintStroke(
  mask: MaskBitmap,
  from: Xy,
  to: Xy,
  radius: number,
  value: 0 | 1,
  stretch: Stretch,
): Area | null {
  const { width, height, data } = mask;
  const reach = tipRadius(radius, stretch);
  const [across, down] = [reach / stretch.x, reach / stretch.y];
  const top = Math.max(0, Math.ceil(Math.min(from.y, to.y) - down - 0.5));
  const bottom = Math.min(height, Math.floor(Math.max(from.y, to.y) + down - 0.5) + 1);
  const left = Math.max(0, Math.ceil(Math.min(from.x, to.x) - across - 0.5));
  const right = Math.min(width, Math.floor(Math.max(from.x, to.x) + across - 0.5) + 1);
  if (left >= right || top >= bottom) return null;
  const alongX = (to.x - from.x) * stretch.x;
  const alongY = (to.y - from.y) * stretch.y;
  const length2 = alongX * alongX + alongY * alongY;
  const reach2 = reach * reach;
  for (let row = top; row < bottom; row++) {
    const dy = (row + 0.5 - from.y) * stretch.y;
    const start = row * width;
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5 - from.x) * stretch.x;
      const share = length2 > 0 ? Math.max(0, Math.min(1, (dx * alongX + dy * alongY) / length2)) : 0;
      const offX = dx - share * alongX;
      const offY = dy - share * alongY;
      if (offX * offX + offY * offY <= reach2) data[start + column] = value;
    }
  }
  return { left, top, right, bottom };
}
