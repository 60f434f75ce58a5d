import { describe, expect, it } from "vitest";
import { MaskBitmap } from "../../src/model/mask";
import { maskToRle, rleToMask } from "../../src/model/rle";
import { ARITHMETIC } from "../fixtures/arithmetic";

describe("run-length encoding", () => {
  it.each(ARITHMETIC.rle.map((one, index) => ({ index, ...one })))(
    "agrees with Python's, mask $index",
    ({ rows, rle }) => {
      const data = Uint8Array.from(rows.join(""), Number);
      const mask = new MaskBitmap(rows[0]!.length, rows.length, data);
      expect(maskToRle(mask)).toEqual(rle);
      expect(rleToMask(rle).data).toEqual(data);
    },
  );

  it("comes back from large random masks", () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const mask = new MaskBitmap(211, 307);
    for (let n = 0; n < 12; n++) {
      const [x, y, r] = [random() * 211, random() * 307, random() * 40];
      for (let i = 0; i < mask.data.length; i++) {
        if (Math.hypot((i % 211) - x, Math.floor(i / 211) - y) < r) mask.data[i] = 1;
      }
    }
    expect(rleToMask(maskToRle(mask)).data).toEqual(mask.data);
  });

  it.each([
    ["too short", { size: [4, 4], counts: "8" }],
    ["too long", { size: [2, 2], counts: "0d0" }],
    ["damaged", { size: [4, 4], counts: "p" }],
    ["foreign", { size: [4, 4], counts: "é" }],
  ])("refuses what is %s", (_name, rle) => {
    expect(() => rleToMask(rle as never)).toThrow(RangeError);
  });
});
