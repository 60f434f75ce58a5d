import { describe, expect, it } from "vitest";
import { extentOf } from "../../src/canvas/area";
import { paintStroke, tipRadius } from "../../src/canvas/paint";
import { MaskBitmap } from "../../src/model/mask";
import { UNSTRETCHED } from "../../src/model/stretch";

type Xy = { x: number; y: number };

/** Distance of a pixel's centre to a line in the stretched picture, by walking along it in small steps. */
function awayFromLine(x: number, y: number, from: Xy, to: Xy, stretch: Xy): number {
  let nearest = Infinity;
  for (let step = 0; step <= 600; step++) {
    const share = step / 600;
    const [px, py] = [from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)];
    nearest = Math.min(nearest, Math.hypot((x + 0.5 - px) * stretch.x, (y + 0.5 - py) * stretch.y));
  }
  return nearest;
}

describe("paintStroke", () => {
  const strokes: [string, Xy, Xy, number][] = [
    ["a dab", { x: 20.3, y: 15.7 }, { x: 20.3, y: 15.7 }, 6.2],
    ["a slanting stroke", { x: 5.2, y: 4.9 }, { x: 33.1, y: 22.4 }, 3.4],
    ["a stroke that leaves the image", { x: 30, y: 25 }, { x: 60, y: 50 }, 8],
    ["a stroke that comes from outside", { x: -12, y: 10 }, { x: 8, y: -9 }, 5],
  ];
  const stretches = [UNSTRETCHED, { x: 2, y: 1 }, { x: 1, y: 2.6 }];

  it.each(
    strokes.flatMap(([name, from, to, radius]) => stretches.map((stretch) => ({ name, from, to, radius, stretch }))),
  )("takes what one sees within the radius of $name, stretched by $stretch", ({ from, to, radius, stretch }) => {
    const mask = new MaskBitmap(40, 30);
    paintStroke(mask, from, to, radius, 1, stretch);
    for (let y = 0; y < 30; y++) {
      for (let x = 0; x < 40; x++) {
        const away = awayFromLine(x, y, from, to, stretch);
        // On the border itself the walk's step decides.
        if (Math.abs(away - radius) > 0.05) expect(mask.data[y * 40 + x], `${x}, ${y}`).toBe(away < radius ? 1 : 0);
      }
    }
  });

  it("gives an area that has all it painted", () => {
    const mask = new MaskBitmap(40, 30);
    const area = paintStroke(mask, { x: 10, y: 10 }, { x: 25, y: 18 }, 4, 1, { x: 1, y: 2 })!;
    const extent = extentOf(mask)!;
    expect(area.left).toBeLessThanOrEqual(extent.left);
    expect(area.top).toBeLessThanOrEqual(extent.top);
    expect(area.right).toBeGreaterThanOrEqual(extent.right);
    expect(area.bottom).toBeGreaterThanOrEqual(extent.bottom);
  });

  it.each(stretches)("takes one pixel at least, and no farther one than its tip shows: $x, $y", (stretch) => {
    for (const at of [
      { x: 2.01, y: 3.99 },
      { x: 2.5, y: 3.5 },
    ]) {
      const mask = new MaskBitmap(5, 5);
      paintStroke(mask, at, at, 0.1, 1, stretch);
      expect(mask.data[3 * 5 + 2]).toBe(1);
      mask.data.forEach((value, index) => {
        const away = awayFromLine(index % 5, Math.floor(index / 5), at, at, stretch);
        if (value) expect(away).toBeLessThanOrEqual(tipRadius(0.1, stretch));
      });
    }
  });

  it("erases what it painted", () => {
    const mask = new MaskBitmap(40, 30);
    paintStroke(mask, { x: 3, y: 3 }, { x: 30, y: 20 }, 5, 1, UNSTRETCHED);
    paintStroke(mask, { x: 3, y: 3 }, { x: 30, y: 20 }, 5, 0, UNSTRETCHED);
    expect(mask.isEmpty).toBe(true);
  });

  it("changes nothing beside the image", () => {
    const mask = new MaskBitmap(10, 10);
    expect(paintStroke(mask, { x: 50, y: 50 }, { x: 60, y: 50 }, 4, 1, UNSTRETCHED)).toBeNull();
    expect(mask.isEmpty).toBe(true);
  });
});
