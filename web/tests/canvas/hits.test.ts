import { describe, expect, it } from "vitest";
import { boxAt, gripAt, handlesOf, objectAt, pointAt, WHOLE } from "../../src/canvas/hits";
import type { BoxXyxy } from "../../src/model/items";
import { MaskBitmap } from "../../src/model/mask";

/** Original pixels. */
const REACH = { x: 6, y: 6 };
const BOX: BoxXyxy = [10, 20, 110, 80];

describe("pointAt", () => {
  const points = [
    { x: 10, y: 10 },
    { x: 14, y: 10 },
    { x: 10, y: 10 },
  ];

  it.each([
    ["the nearest", { x: 13, y: 10 }, REACH, 1],
    ["the last placed of two on one spot", { x: 10, y: 11 }, REACH, 2],
    ["none beyond the reach", { x: 30, y: 30 }, REACH, -1],
    ["one that is near enough downwards", { x: 14, y: 15 }, { x: 3, y: 6 }, 1],
    ["none that is too far across", { x: 19, y: 10 }, { x: 3, y: 6 }, -1],
    ["the nearest as one sees it", { x: 12.5, y: 13 }, { x: 6, y: 6 }, 1],
  ])("finds %s", (_, at, reach, index) => expect(pointAt(points, at, reach)).toBe(index));
});

describe("gripAt", () => {
  it.each([
    ["the upper left corner", 11, 19, { horizontal: -1, vertical: -1 }],
    ["the lower right corner", 112, 81, { horizontal: 1, vertical: 1 }],
    ["the middle of the right side", 109, 50, { horizontal: 1, vertical: 0 }],
    ["the middle of the upper side", 60, 22, { horizontal: 0, vertical: -1 }],
    ["the border between handles", 85, 21, WHOLE],
    ["the inside", 60, 50, null],
    ["the outside", 200, 50, null],
    ["beyond a corner on a side's line", 10, 200, null],
  ])("at %s", (_, x, y, grip) => expect(gripAt(BOX, { x, y }, REACH)).toEqual(grip));

  it("finds each handle at its place", () => {
    expect(handlesOf(BOX)).toHaveLength(8);
    for (const { at, grip } of handlesOf(BOX)) expect(gripAt(BOX, at, REACH)).toEqual(grip);
  });

  it.each([
    ["far across, where pixels are narrow", 120, 50, { x: 12, y: 3 }, { horizontal: 1, vertical: 0 }],
    ["as far down, where they are high", 60, 90, { x: 12, y: 3 }, null],
    ["on the border across", 115, 65, { x: 12, y: 3 }, WHOLE],
    ["beside the border down", 85, 82, { x: 12, y: 3 }, null],
  ])("reaches as far on the screen in each direction: %s", (_, x, y, reach, grip) =>
    expect(gripAt(BOX, { x, y }, reach)).toEqual(grip),
  );
});

it("finds the uppermost of boxes", () => {
  const boxes: BoxXyxy[] = [BOX, [50, 50, 200, 200]];
  expect(boxAt(boxes, { x: 60, y: 60 })).toBe(1);
  expect(boxAt(boxes, { x: 20, y: 30 })).toBe(0);
  expect(boxAt(boxes, { x: 110, y: 30 })).toBe(-1);
});

describe("objectAt", () => {
  const full = new MaskBitmap(4, 4, new Uint8Array(16).fill(1));
  const targets = [
    { id: "below", visible: true, mask: full },
    { id: "hidden", visible: false, mask: full },
    { id: "without mask", visible: true, mask: null },
    { id: "elsewhere", visible: true, mask: new MaskBitmap(4, 4) },
  ];

  it("takes the uppermost that one sees", () => {
    expect(objectAt(targets, { x: 1, y: 1 })).toBe("below");
    expect(objectAt([...targets, { id: "above", visible: true, mask: full }], { x: 1, y: 1 })).toBe("above");
  });

  it("takes none outside the image", () => expect(objectAt(targets, { x: 4, y: 1 })).toBeNull());
});
