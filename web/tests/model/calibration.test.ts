import { describe, expect, it } from "vitest";
import { calibrationOf, readSpacing, spacingByRuler, spacingText } from "../../src/model/calibration";
import { rulerLength } from "../../src/model/rulers";
import { stretchOf, UNSTRETCHED } from "../../src/model/stretch";
import { imageDetail } from "../fixtures/items";

const REGIONS = [{ boxXyxy: [0, 0, 10, 10] as [number, number, number, number], spacingMm: null, kind: "spectral" }];
const DOUBT = "a region reaches beyond the image";

describe("the calibration", () => {
  it("is the file's, with its doubt", () => {
    const image = imageDetail({ regions: REGIONS, calibration: "0.1 x 0.1 mm", details: { calibration: DOUBT } });
    expect(calibrationOf(image, null)).toEqual({ regions: REGIONS, text: "0.1 x 0.1 mm", doubt: DOUBT, given: null });
    expect(calibrationOf(imageDetail(), null).doubt).toBeNull();
  });

  it("is the given one in the whole image, without the file's doubt", () => {
    const image = imageDetail({ regions: REGIONS, details: { calibration: DOUBT } });
    const { regions, text, doubt } = calibrationOf(image, [0.2359, 0.25]);
    expect(text).toBe("0.2359 x 0.25 mm per pixel (given by the user)");
    expect(doubt).toBeNull();
    expect(rulerLength([1, 1], [799, 1], regions).mm).toBeCloseTo(798 * 0.2359, 9);
    expect(rulerLength([0, 0], [0, 600], regions).mm).toBeCloseTo(150, 9);
  });
});

describe("a typed spacing", () => {
  it.each([
    ["0.2359", [0.2359, 0.2359]],
    [" .5 ", [0.5, 0.5]],
    ["1", [1, 1]],
    ["1e-1", [0.1, 0.1]],
    ["0.2, 0.25", [0.2, 0.25]],
    ["0.2,0.25", [0.2, 0.25]],
    ["1, 2", [1, 2]],
    ["1;2", [1, 2]],
    ["100", [100, 100]],
    ["0.0001", [1e-4, 1e-4]],
  ])("%j is taken", (text, expected) => {
    expect(readSpacing(text)).toEqual({ value: expected, problem: null });
  });

  it.each([
    ["", /millimetres per pixel/],
    ["mm", /got "mm"/],
    ["0,2359", /decimals with a point/],
    ["1,5", /decimals with a point/],
    ["0.2 mm", /millimetres per pixel/],
    ["0.1, 0.2, 0.3", /one number/],
    ["0.1,", /one number/],
    ["0x10", /one number/],
    ["Infinity", /one number/],
    ["1e999", /0\.0001 to 100/],
    ["0", /0\.0001 to 100 millimetres per pixel, but got 0/],
    ["-0.2", /got -0\.2/],
    ["0.2, 101", /got 101/],
    ["0.00001", /got 0\.00001/],
  ])("%j is refused", (text, problem) => {
    const read = readSpacing(text);
    expect(read.value).toBeNull();
    expect(read.problem).toMatch(problem);
  });

  it.each([[[0.2359, 0.2359]], [[0.2, 0.25]], [[1e-4, 100]]])("%j is read as it is shown", (spacing) => {
    expect(readSpacing(spacingText(spacing as [number, number])).value).toEqual(spacing);
  });
});

describe("a ruler", () => {
  it("of a known length gives the spacing by which it has that length", () => {
    const { value } = spacingByRuler([10, 20], [310, 420], "50", UNSTRETCHED);
    expect(value).toEqual([0.1, 0.1]);
  });

  it.each([UNSTRETCHED, { x: 2, y: 1 }, { x: 1, y: 1.25 }])("leaves pixels their shape: $x, $y", (stretch) => {
    const [from, to] = [[3, 4] as [number, number], [100.5, 37] as [number, number]];
    const { regions } = calibrationOf(imageDetail(), spacingByRuler(from, to, "33.3", stretch).value);
    expect(rulerLength(from, to, regions).mm).toBeCloseTo(33.3, 6);
    const kept = stretchOf(regions);
    expect([kept.x, kept.y]).toEqual([expect.closeTo(stretch.x, 6), expect.closeTo(stretch.y, 6)]);
  });

  it.each([
    ["", /length in mm/],
    ["0", /length in mm/],
    ["-5", /length in mm/],
    ["5 cm", /got "5 cm"/],
    ["12,5", /decimals with a point/],
    ["100000", /0\.0001 to 100 millimetres per pixel, but got 1000/],
  ])("that is said to be %j long is refused", (text, problem) => {
    expect(spacingByRuler([0, 0], [100, 0], text, UNSTRETCHED).problem).toMatch(problem);
  });

  it("that is too short is refused", () => {
    expect(spacingByRuler([0, 0], [3, 0], "10", UNSTRETCHED).problem).toMatch(/at least 5 pixels, but it has 3\.0/);
  });
});
