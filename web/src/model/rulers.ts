/** How long a ruler is. */
import type { Region } from "../api/answers";
import type { PointXy } from "./items";

/** A length in original pixels, and in mm where both ends lie in one calibrated region. */
export interface RulerLength {
  px: number;
  mm: number | null;
}

export function rulerLength(from: PointXy, to: PointXy, regions: readonly Region[]): RulerLength {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const px = Math.hypot(dx, dy);
  const region = smallestAround(from, to, regions);
  const spacing = region?.spacingMm ?? null;
  return { px, mm: spacing && Math.hypot(dx * spacing[0], dy * spacing[1]) };
}

/** Regions may overlap (an inset over the scan): the smallest that holds both ends counts. */
function smallestAround(from: PointXy, to: PointXy, regions: readonly Region[]): Region | null {
  const around = regions.filter((region) => holds(region, from) && holds(region, to));
  const area = ({ boxXyxy: [x0, y0, x1, y1] }: Region) => (x1 - x0) * (y1 - y0);
  return around.reduce<Region | null>((best, region) => (best && area(best) <= area(region) ? best : region), null);
}

function holds({ boxXyxy: [x0, y0, x1, y1] }: Region, [x, y]: PointXy): boolean {
  return x >= x0 && x <= x1 && y >= y0 && y <= y1;
}
