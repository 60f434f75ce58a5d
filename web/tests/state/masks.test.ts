import { describe, expect, it } from "vitest";
import { MaskBitmap } from "../../src/model/mask";
import { maskToRle } from "../../src/model/rle";
import { Masks } from "../../src/state/masks";
import { objectItem } from "../fixtures/items";

function object(id: string, inside: number) {
  const mask = new MaskBitmap(10, 10);
  mask.data.fill(1, 0, inside);
  return objectItem(id, { mask: maskToRle(mask) });
}

describe("masks", () => {
  it("stay the same bitmaps while they are shown, and only some of the others are kept", () => {
    const masks = new Masks(250);
    const objects = [1, 2, 3, 4, 5, 6].map((inside) => object(`o${inside}`, inside));
    const before = objects.map((item) => masks.of(item));
    masks.keep(objects.slice(0, 2));
    const isSame = objects.map((item, index) => masks.of(item) === before[index]);
    expect(isSame).toEqual([true, true, false, false, true, true]);
    expect(masks.of(objects[3]!)?.data).toEqual(before[3]?.data);
  });
});
