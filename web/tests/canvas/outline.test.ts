import { describe, expect, it } from "vitest";
import { borders, outlineOf, simplified, smoothed, type Loop } from "../../src/canvas/outline";
import { MaskBitmap } from "../../src/model/mask";

function drawn(width: number, height: number, inside: (x: number, y: number) => boolean): MaskBitmap {
  const mask = new MaskBitmap(width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (inside(x, y)) mask.data[y * width + x] = 1;
  return mask;
}

/** Shoelace formula: positive for a clockwise loop on the screen. */
function areaOf(loop: Loop): number {
  let twice = 0;
  for (let i = 0; i < loop.length; i += 2) {
    const j = (i + 2) % loop.length;
    twice += loop[i]! * loop[j + 1]! - loop[j]! * loop[i + 1]!;
  }
  return twice / 2;
}

/** Edges between a set and an unset pixel, counted pixel by pixel. */
function edgesOf(mask: MaskBitmap): number {
  const at = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < mask.width && y < mask.height ? mask.data[y * mask.width + x]! : 0;
  let edges = 0;
  for (let y = 0; y <= mask.height; y++) {
    for (let x = 0; x <= mask.width; x++) {
      if (at(x, y) !== at(x - 1, y)) edges++;
      if (at(x, y) !== at(x, y - 1)) edges++;
    }
  }
  return edges;
}

const CASES: [string, MaskBitmap, number][] = [
  ["a single pixel", drawn(3, 3, (x, y) => x === 1 && y === 1), 1],
  ["a full image", drawn(6, 4, () => true), 1],
  ["a disc", drawn(60, 60, (x, y) => Math.hypot(x - 29.5, y - 30.5) < 22), 1],
  ["a ring", drawn(60, 60, (x, y) => Math.abs(Math.hypot(x - 30, y - 30) - 18) < 6), 2],
  ["two pixels that touch at a corner", drawn(4, 4, (x, y) => x === y && (x === 1 || x === 2)), 2],
  ["two that touch at the other corner", drawn(4, 4, (x, y) => x + y === 3 && (x === 1 || x === 2)), 2],
  ["a checkerboard", drawn(9, 7, (x, y) => (x + y) % 2 === 0), 32],
  ["stripes", drawn(9, 9, (_, y) => y % 3 === 0), 3],
];

describe("borders", () => {
  it.each(CASES)("of %s pass each edge once", (_, mask, loops) => {
    const found = borders(mask);
    expect(found).toHaveLength(loops);
    expect(found.reduce((sum, loop) => sum + loop.length / 2, 0)).toBe(edgesOf(mask));
    const middles = new Set(found.flatMap((loop) => [...loop].map((x, i) => (i % 2 ? "" : `${x} ${loop[i + 1]}`)))); // prettier-ignore
    middles.delete("");
    expect(middles.size).toBe(edgesOf(mask));
  });

  it("are clockwise outside and the other way round in holes", () => {
    const [outer, hole] = borders(CASES[3]![1]);
    expect(areaOf(outer!)).toBeGreaterThan(0);
    expect(areaOf(hole!)).toBeLessThan(0);
  });

  it("of an empty mask are none", () => expect(borders(new MaskBitmap(5, 5))).toEqual([]));
});

describe("outlineOf", () => {
  it("lies on the circle that the disc was drawn from", () => {
    const mask = drawn(200, 200, (x, y) => Math.hypot(x + 0.5 - 100, y + 0.5 - 100) < 80);
    const [loop] = outlineOf(mask);
    const away: number[] = [];
    for (let i = 0; i < loop!.length; i += 2)
      away.push(Math.abs(Math.hypot(loop![i]! - 100, loop![i + 1]! - 100) - 80));
    expect(Math.max(...away)).toBeLessThan(1);
    expect(Math.abs(areaOf(loop!) / (Math.PI * 80 * 80) - 1)).toBeLessThan(0.01);
    expect(loop!.length).toBeLessThan(borders(mask)[0]!.length / 2);
  });

  it("keeps a lone pixel visible", () => {
    const [loop] = outlineOf(drawn(3, 3, (x, y) => x === 1 && y === 1));
    expect(areaOf(loop!)).toBeCloseTo(0.5);
  });
});

describe("simplified", () => {
  it("drops points, but none that is farther away than the tolerance", () => {
    const loop = smoothed(borders(CASES[2]![1])[0]!);
    const fewer = simplified(loop, 0.2);
    expect(fewer.length).toBeLessThan(loop.length);
    for (let i = 0; i < loop.length; i += 2) {
      let nearest = Infinity;
      for (let j = 0; j < fewer.length; j += 2) {
        const k = (j + 2) % fewer.length;
        for (let step = 0; step <= 50; step++) {
          const x = fewer[j]! + (step / 50) * (fewer[k]! - fewer[j]!);
          const y = fewer[j + 1]! + (step / 50) * (fewer[k + 1]! - fewer[j + 1]!);
          nearest = Math.min(nearest, Math.hypot(loop[i]! - x, loop[i + 1]! - y));
        }
      }
      expect(nearest).toBeLessThan(0.25);
    }
  });
});
