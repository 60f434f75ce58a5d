/** What the millimetres of an image rest on: what the user gave, else what its file says. */
import type { ImageDetail, Region } from "../api/answers";
import type { PointXy, SpacingXy } from "./items";
import type { Stretch } from "./stretch";

/** Millimetres per pixel that the server takes. */
const [SMALLEST, LARGEST] = [1e-4, 100];
/** Pixels of the shortest ruler by which one can calibrate: a pixel's error in a shorter one is too much. */
const SHORTEST_PX = 5;
/** One number as it is written in half of the world, or two: nobody can tell. */
const DECIMAL_COMMA = /^\s*\d+,\d+\s*$/;
const POINT = "Write decimals with a point.";

export interface Calibration {
  regions: Region[];
  /** In words, as the server says it; "not calibrated" where no length is known. */
  text: string;
  /** Why the millimetres may be wrong. */
  doubt: string | null;
  /** What the user gave; null where the file counts. */
  given: SpacingXy | null;
}

const NONE: Calibration = { regions: [], text: "not calibrated", doubt: null, given: null };

/** A given spacing holds for the whole image and replaces what the file says. */
export function calibrationOf(image: ImageDetail | null, given: SpacingXy | null): Calibration {
  if (!image) return NONE;
  const { regions, calibration, details } = image;
  if (!given) return { regions, text: calibration, doubt: details["calibration"] ?? null, given };
  const [height, width] = image.sizeHw;
  const text = `${given.map(shortFigure).join(" x ")} mm per pixel (given by the user)`;
  return { regions: [{ boxXyxy: [0, 0, width, height], spacingMm: given, kind: "unknown" }], text, doubt: null, given };
}

/** What was typed, or why it cannot be taken. */
export type Read<T> = { value: T; problem: null } | { value: null; problem: string };

/** "0.2359", or "0.2, 0.25" where pixels are not square: x, then y. */
export function readSpacing(text: string): Read<SpacingXy> {
  const numbers = text.split(/[,;]/).map(readNumber);
  const [x, y = x] = numbers;
  const isClear = numbers.length <= 2 && !numbers.some(Number.isNaN) && !DECIMAL_COMMA.test(text);
  if (x === undefined || y === undefined || !isClear) {
    const asked = 'Expected millimetres per pixel as one number, such as 0.2359, or two, "0.2, 0.25", for x and y';
    return refused(`${asked}, but got "${text.trim()}". ${POINT}`);
  }
  return inRange([x, y]);
}

/** The spacing by which a ruler is so many millimetres long; pixels keep the shape in which one saw them. */
export function spacingByRuler(from: PointXy, to: PointXy, text: string, stretch: Stretch): Read<SpacingXy> {
  const mm = readNumber(text);
  if (!(mm > 0)) {
    return refused(`Expected the ruler's length in mm, such as 50, but got "${text.trim()}". ${POINT}`);
  }
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const px = Math.hypot(dx, dy);
  if (px < SHORTEST_PX) {
    return refused(
      `Expected a ruler of at least ${SHORTEST_PX} pixels, but it has ${px.toFixed(1)}: draw a longer one.`,
    );
  }
  // Nine digits are more than any ruler has, and are read again as they are shown.
  const perUnit = mm / Math.hypot(dx * stretch.x, dy * stretch.y);
  const side = (length: number) => Number((length * perUnit).toPrecision(9));
  return inRange([side(stretch.x), side(stretch.y)]);
}

/** As it is typed: one number where pixels are square. */
export function spacingText([x, y]: SpacingXy): string {
  return x === y ? String(x) : `${x}, ${y}`;
}

function inRange(spacing: SpacingXy): Read<SpacingXy> {
  const wrong = spacing.find((value) => !(value >= SMALLEST && value <= LARGEST));
  if (wrong === undefined) return { value: spacing, problem: null };
  return refused(`Expected ${SMALLEST} to ${LARGEST} millimetres per pixel, but got ${shortFigure(wrong)}.`);
}

function refused(problem: string): { value: null; problem: string } {
  return { value: null, problem };
}

function readNumber(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;
}

function shortFigure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
