import type { BoxXyxy } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { isSet } from "./area";
import type { Xy } from "./viewport";

/** What of a box is taken hold of: -1, 0 or 1 per axis for its left/upper side, none, its right/lower side. */
export interface BoxGrip {
  readonly horizontal: -1 | 0 | 1;
  readonly vertical: -1 | 0 | 1;
}

/** The grip that moves a box without changing its size. */
export const WHOLE: BoxGrip = { horizontal: 0, vertical: 0 };

/** How far apart two positions are in terms of a reach (original pixels across and down): up to 1 is near enough. */
export function apart(a: Xy, b: Xy, reach: Xy): number {
  return Math.hypot((a.x - b.x) / reach.x, (a.y - b.y) / reach.y);
}

/** Index of the nearest point within `reach`, the last placed first where two are as near; or -1. */
export function pointAt(points: readonly Xy[], at: Xy, reach: Xy): number {
  let nearest = -1;
  let best = 1;
  points.forEach((point, index) => {
    const away = apart(point, at, reach);
    if (away > best) return;
    best = away;
    nearest = index;
  });
  return nearest;
}

/** The eight handles of a box: corners first, then the middles of its sides. */
export function handlesOf(box: BoxXyxy): { at: Xy; grip: BoxGrip }[] {
  const [x1, y1, x2, y2] = box;
  const handles: { at: Xy; grip: BoxGrip }[] = [];
  const place = (horizontal: -1 | 0 | 1, vertical: -1 | 0 | 1) => {
    const x = horizontal < 0 ? x1 : horizontal > 0 ? x2 : (x1 + x2) / 2;
    const y = vertical < 0 ? y1 : vertical > 0 ? y2 : (y1 + y2) / 2;
    handles.push({ at: { x, y }, grip: { horizontal, vertical } });
  };
  place(-1, -1);
  place(1, -1);
  place(1, 1);
  place(-1, 1);
  place(0, -1);
  place(1, 0);
  place(0, 1);
  place(-1, 0);
  return handles;
}

/** The grip at a position: a handle resizes, elsewhere on the border the box is moved; null off the border. */
export function gripAt(box: BoxXyxy, at: Xy, reach: Xy): BoxGrip | null {
  let nearest: BoxGrip | null = null;
  let best = 1;
  for (const handle of handlesOf(box)) {
    const away = apart(handle.at, at, reach);
    if (away >= best) continue;
    best = away;
    nearest = handle.grip;
  }
  if (nearest) return nearest;
  const [x1, y1, x2, y2] = box;
  const isAlong = at.x >= x1 - reach.x && at.x <= x2 + reach.x && at.y >= y1 - reach.y && at.y <= y2 + reach.y;
  const across = Math.min(Math.abs(at.x - x1), Math.abs(at.x - x2)) / reach.x;
  const down = Math.min(Math.abs(at.y - y1), Math.abs(at.y - y2)) / reach.y;
  return isAlong && Math.min(across, down) <= 1 / 2 ? WHOLE : null;
}

/** True if the position lies in the box. */
export function isInBox(box: BoxXyxy, at: Xy): boolean {
  return at.x >= box[0] && at.y >= box[1] && at.x < box[2] && at.y < box[3];
}

/** Index of the uppermost box under a position, or -1. */
export function boxAt(boxes: readonly BoxXyxy[], at: Xy): number {
  return boxes.findLastIndex((box) => isInBox(box, at));
}

/** What one sees and can take hold of: an object's mask, or null while it has none. */
export interface Target {
  readonly id: string;
  readonly visible: boolean;
  readonly mask: MaskBitmap | null;
}

/** Id of the uppermost visible object (the last of the list) whose mask is under a position. */
export function objectAt(targets: readonly Target[], at: Xy): string | null {
  const hit = targets.findLast(({ visible, mask }) => visible && mask !== null && isSet(mask, at.x, at.y));
  return hit?.id ?? null;
}
