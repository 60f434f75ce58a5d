/** Pixels need not be square: how a picture is stretched so that one sees its true shape. */
import type { Region } from "../api/answers";

/** How long the sides of a pixel are in terms of the shorter one, so that stretching loses no pixel: one of both is 1. */
export interface Stretch {
  readonly x: number;
  readonly y: number;
}

export const UNSTRETCHED: Stretch = { x: 1, y: 1 };

/** Sides that differ by less are equal, and so are ratios: headers round. */
const TOLERANCE = 1.01;
/**
 * Beams that were not scan-converted have the longest pixels: 0.3 mm between them, and 0.02 mm between samples at
 * 40 MHz, are a ratio of 16. Beyond this one a header is wrong, and would make a thread of the picture.
 */
const LARGEST = 20;

/** As the calibrated regions say; none where they disagree, as then no one shape is true. */
export function stretchOf(regions: readonly Region[]): Stretch {
  const ratios = regions.flatMap(({ spacingMm }) => (spacingMm ? [spacingMm[0] / spacingMm[1]] : []));
  const [ratio = 1] = ratios;
  const isAgreed = ratios.every((other) => factorBetween(ratio, other) <= TOLERANCE);
  const longer = factorBetween(ratio, 1);
  if (!isAgreed || longer <= TOLERANCE || !(longer <= LARGEST)) return UNSTRETCHED;
  return ratio > 1 ? { x: longer, y: 1 } : { x: 1, y: longer };
}

function factorBetween(one: number, other: number): number {
  return Math.max(one / other, other / one);
}
