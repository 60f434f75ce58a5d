import { describe, expect, it } from "vitest";
import { extentOf, isSet, union } from "../../src/canvas/area";
import { MaskBitmap } from "../../src/model/mask";

function maskOf(rows: string[]): MaskBitmap {
  const data = Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0));
  return new MaskBitmap(rows[0]!.length, rows.length, data);
}

describe("extentOf", () => {
  it.each([
    ["nothing", ["....", "...."], null],
    ["one pixel", ["....", ".#..", "...."], [1, 1, 2, 2]],
    ["the last pixel", ["....", "...#"], [3, 1, 4, 2]],
    ["the first pixel", ["#...", "...."], [0, 0, 1, 1]],
    ["rows apart", ["..#.", "....", "....", "#..."], [0, 0, 3, 4]],
    ["everything", ["###", "###"], [0, 0, 3, 2]],
    ["a gap in a row", ["......", "#...#.", "......"], [0, 1, 5, 2]],
  ])("finds %s", (_, rows, expected) => {
    const area = extentOf(maskOf(rows));
    expect(area && [area.left, area.top, area.right, area.bottom]).toEqual(expected);
  });
});

describe("union", () => {
  const area = { left: 1, top: 2, right: 3, bottom: 4 };

  it("has both", () => {
    const other = { left: 0, top: 3, right: 2, bottom: 9 };
    expect(union(area, other)).toEqual({ left: 0, top: 2, right: 3, bottom: 9 });
  });

  it("with nothing is the other", () => {
    expect(union(null, area)).toEqual(area);
    expect(union(area, null)).toEqual(area);
    expect(union(null, null)).toBeNull();
  });
});

describe("isSet", () => {
  const mask = maskOf(["..", ".#"]);

  it.each([
    [1, 1, true],
    [1.99, 1.99, true],
    [0.99, 1.5, false],
    [2, 1, false],
    [-0.5, 1, false],
    [1, 2, false],
  ])("at %f, %f is %s", (x, y, expected) => expect(isSet(mask, x, y)).toBe(expected));
});
