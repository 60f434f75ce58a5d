import type { MaskBitmap } from "../model/mask";
import { extentOf } from "./area";

/** A closed line x0, y0, x1, y1, … in original pixels; its last point joins its first. */
export type Loop = Float32Array;

// Directions along the edges of pixels: right, down, left, up; the object is always on the right-hand side.
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;
// The pixel ahead on the left and on the right of someone who stands on a corner, per direction.
const AHEAD_LEFT = [[0, -1], [0, 0], [-1, 0], [-1, -1]] as const; // prettier-ignore
const AHEAD_RIGHT = [[0, 0], [-1, 0], [-1, -1], [0, -1]] as const; // prettier-ignore

/** The borders of a mask through the middles of the pixels' edges: outer ones clockwise, holes the other way round. */
export function borders(mask: MaskBitmap): Loop[] {
  const extent = extentOf(mask);
  if (!extent) return [];
  const { width, height, data } = mask;
  const at = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && data[y * width + x] === 1;
  const across = extent.right - extent.left;
  const seen = new Uint8Array(across * (extent.bottom - extent.top));
  const loops: Loop[] = [];
  for (let y = extent.top; y < extent.bottom; y++) {
    for (let x = extent.left; x < extent.right; x++) {
      const cell = (y - extent.top) * across + x - extent.left;
      if (data[y * width + x] !== 1 || seen[cell] === 1 || at(x, y - 1)) continue;
      const points: number[] = [];
      let cornerX = x;
      let cornerY = y;
      let direction = 0;
      do {
        if (direction === 0) seen[(cornerY - extent.top) * across + cornerX - extent.left] = 1;
        points.push(cornerX + STEP_X[direction]! / 2, cornerY + STEP_Y[direction]! / 2);
        cornerX += STEP_X[direction]!;
        cornerY += STEP_Y[direction]!;
        const right = AHEAD_RIGHT[direction]!;
        const left = AHEAD_LEFT[direction]!;
        // Pixels that touch at a corner only are two objects.
        if (!at(cornerX + right[0], cornerY + right[1])) direction = (direction + 1) % 4;
        else if (at(cornerX + left[0], cornerY + left[1])) direction = (direction + 3) % 4;
      } while (cornerX !== x || cornerY !== y || direction !== 0);
      loops.push(Float32Array.from(points));
    }
  }
  return loops;
}

/** The loop with its pixel steps rounded off: each point becomes (1, 2, 1) / 4 of itself and its neighbours. */
export function smoothed(loop: Loop, passes = 3): Loop {
  const count = loop.length / 2;
  if (count < 8) return loop;
  let from = loop;
  for (let pass = 0; pass < passes; pass++) {
    const to = new Float32Array(loop.length);
    for (let i = 0; i < count; i++) {
      const before = 2 * ((i + count - 1) % count);
      const after = 2 * ((i + 1) % count);
      to[2 * i] = (from[before]! + 2 * from[2 * i]! + from[after]!) / 4;
      to[2 * i + 1] = (from[before + 1]! + 2 * from[2 * i + 1]! + from[after + 1]!) / 4;
    }
    from = to;
  }
  return from;
}

/** Fewer points for the same line: no dropped point lies farther than `tolerance` from it (Douglas and Peucker). */
export function simplified(loop: Loop, tolerance = 0.12): Loop {
  const count = loop.length / 2;
  if (count < 8) return loop;
  const isKept = new Uint8Array(count + 1);
  const middle = Math.floor(count / 2);
  isKept[0] = isKept[middle] = isKept[count] = 1;
  const open: [number, number][] = [
    [0, middle],
    [middle, count],
  ];
  const limit = tolerance * tolerance;
  for (let span = open.pop(); span; span = open.pop()) {
    const [first, last] = span;
    const x0 = loop[2 * first]!;
    const y0 = loop[2 * first + 1]!;
    const dx = loop[2 * (last % count)]! - x0;
    const dy = loop[2 * (last % count) + 1]! - y0;
    const length2 = dx * dx + dy * dy;
    let farthest = -1;
    let worst = limit;
    for (let i = first + 1; i < last; i++) {
      const px = loop[2 * i]! - x0;
      const py = loop[2 * i + 1]! - y0;
      const share = length2 > 0 ? Math.max(0, Math.min(1, (px * dx + py * dy) / length2)) : 0;
      const away = (px - share * dx) ** 2 + (py - share * dy) ** 2;
      if (away > worst) {
        worst = away;
        farthest = i;
      }
    }
    if (farthest < 0) continue;
    isKept[farthest] = 1;
    open.push([first, farthest], [farthest, last]);
  }
  const kept: number[] = [];
  for (let i = 0; i < count; i++) if (isKept[i]) kept.push(loop[2 * i]!, loop[2 * i + 1]!);
  return Float32Array.from(kept);
}

/** What is drawn around a mask: smooth loops in original pixels. */
export function outlineOf(mask: MaskBitmap): Loop[] {
  return borders(mask).map((loop) => simplified(smoothed(loop)));
}
