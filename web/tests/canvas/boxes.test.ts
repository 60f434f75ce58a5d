import { describe, expect, it } from "vitest";
import { boxBetween, dragged, isMeant, placedPoint, tidy } from "../../src/canvas/boxes";
import { WHOLE } from "../../src/canvas/hits";
import type { BoxXyxy } from "../../src/model/items";

const IMAGE = { width: 200, height: 100 };
const BOX: BoxXyxy = [10, 20, 110, 80];

describe("boxBetween", () => {
  it.each([
    ["downwards", { x: 5, y: 6 }, { x: 50, y: 60 }, [5, 6, 50, 60]],
    ["upwards", { x: 50, y: 60 }, { x: 5, y: 6 }, [5, 6, 50, 60]],
    ["beyond the image", { x: -20, y: 30 }, { x: 500, y: 300 }, [0, 30, 200, 100]],
  ])("dragged %s", (_, a, b, box) => expect(boxBetween(a, b, IMAGE)).toEqual(box));
});

it("takes what is too small for a click", () => {
  expect(isMeant([5, 5, 6.9, 50])).toBe(false);
  expect(isMeant([5, 5, 7, 7])).toBe(true);
});

describe("dragged", () => {
  it.each([
    ["moved", WHOLE, { x: 5, y: -7 }, [15, 13, 115, 73]],
    ["moved against the image's end", WHOLE, { x: 500, y: 500 }, [100, 40, 200, 100]],
    ["at a corner", { horizontal: -1, vertical: 1 } as const, { x: 8, y: 4 }, [18, 20, 110, 84]],
    ["at a side", { horizontal: 1, vertical: 0 } as const, { x: -30, y: 90 }, [10, 20, 80, 80]],
    ["past its other side", { horizontal: 1, vertical: 1 } as const, { x: -500, y: -500 }, [10, 20, 12, 22]],
    ["out of the image", { horizontal: -1, vertical: -1 } as const, { x: -99, y: -99 }, [0, 0, 110, 80]],
  ])("%s", (_, grip, by, box) => expect(dragged(BOX, grip, by, IMAGE)).toEqual(box));
});

it("keeps a hundredth of a pixel", () => {
  expect(tidy(499.99999)).toBe(500);
  expect(tidy(12.3456)).toBe(12.35);
});

it.each([
  ["inside", { x: 12.344, y: 50 }, { x: 12.34, y: 50 }],
  ["at the very end", { x: 199.9999, y: 100 }, { x: 199.99, y: 99.99 }],
  ["beside", { x: -5, y: 700 }, { x: 0, y: 99.99 }],
])("puts a point %s on the image", (_, at, place) => expect(placedPoint(at, IMAGE)).toEqual(place));
