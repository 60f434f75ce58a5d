import { describe, expect, it } from "vitest";
import type { Region } from "../../src/api/answers";
import { stretchOf, UNSTRETCHED } from "../../src/model/stretch";
import { ARITHMETIC } from "../fixtures/arithmetic";

function regions(...spacings: ([number, number] | null)[]): Region[] {
  return spacings.map((spacingMm) => ({ boxXyxy: [0, 0, 10, 10], spacingMm, kind: "tissue" }));
}

describe("the stretch of a picture", () => {
  it.each(ARITHMETIC.stretches)("is that of its thumbnail: $spacingsMm", ({ spacingsMm, stretch: [x, y] }) => {
    const stretch = stretchOf(regions(...spacingsMm));
    expect([stretch.x, stretch.y]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
  });

  it.each([
    ["wide pixels", [[0.308, 0.154]], { x: 2, y: 1 }],
    ["high pixels", [[0.1, 0.15]], { x: 1, y: 1.5 }],
    ["regions of one shape and of any scale", [[0.4, 0.2], null, [0.2, 0.1]], { x: 2, y: 1 }],
    ["nothing known", [null], UNSTRETCHED],
    [
      "regions that disagree",
      [
        [0.4, 0.2],
        [0.2, 0.2],
      ],
      UNSTRETCHED,
    ],
    ["what is rounding", [[0.2, 0.2015]], UNSTRETCHED],
    ["beams that were not scan-converted", [[0.32, 0.02]], { x: 16, y: 1 }],
    ["a header that cannot be right", [[1, 0.001]], UNSTRETCHED],
    ["a header without numbers", [[NaN, 0.2]], UNSTRETCHED],
  ] as [string, ([number, number] | null)[], { x: number; y: number }][])("of %s", (_, spacings, { x, y }) => {
    const stretch = stretchOf(regions(...spacings));
    expect([stretch.x, stretch.y]).toEqual([expect.closeTo(x, 9), expect.closeTo(y, 9)]);
  });
});
