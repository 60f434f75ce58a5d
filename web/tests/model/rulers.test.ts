import { describe, expect, it } from "vitest";
import type { Region } from "../../src/api/answers";
import { rulerLength } from "../../src/model/rulers";

const WHOLE: Region = { boxXyxy: [0, 0, 100, 100], spacingMm: [0.2, 0.1], kind: "2D" };
const INSET: Region = { boxXyxy: [50, 50, 80, 80], spacingMm: [1, 1], kind: "2D" };
const TRACE: Region = { boxXyxy: [0, 100, 100, 200], spacingMm: null, kind: "Doppler" };

describe("a ruler", () => {
  it.each([
    ["is measured with both axes' spacing", [10, 10], [40, 50], 50, Math.hypot(6, 4)],
    ["takes the smallest region around both ends", [51, 51], [54, 55], 5, 5],
    ["has no mm across regions", [10, 10], [10, 150], 140, null],
    ["has no mm where nothing is calibrated", [10, 110], [10, 120], 10, null],
    ["has no mm outside all regions", [150, 110], [160, 110], 10, null],
  ])("%s", (_name, from, to, px, mm) => {
    const found = rulerLength(from as [number, number], to as [number, number], [WHOLE, INSET, TRACE]);
    expect(found.px).toBeCloseTo(px, 9);
    if (mm === null) expect(found.mm).toBeNull();
    else expect(found.mm).toBeCloseTo(mm, 9);
  });
});
