/**
 * COCO's compressed run-length encoding: runs of 0 and 1 in turn, beginning with 0, down the columns. From the fourth
 * run on, the difference to the run before the previous one is stored, in characters of 5 bits, the lowest first.
 */
import { tightBox } from "./geometry";
import type { Rle } from "./items";
import { MaskBitmap } from "./mask";

const OFFSET = 48;
const MORE = 0x20;
const SIGN = 0x10;

/** The encoding of a mask. */
export function maskToRle(mask: MaskBitmap): Rle {
  return { size: [mask.height, mask.width], counts: compress(runsOf(mask)) };
}

/** The mask of an encoding; a RangeError where the runs do not fill the size exactly. */
export function rleToMask(rle: Rle): MaskBitmap {
  const [height, width] = rle.size;
  const data = new Uint8Array(width * height);
  let at = 0;
  expand(rle.counts).forEach((run, index) => {
    if (run < 0 || at + run > data.length) throw damaged(height, width);
    if (index % 2 === 1) fillColumns(data, at, run, height, width);
    at += run;
  });
  if (at !== data.length) throw damaged(height, width);
  return new MaskBitmap(width, height, data);
}

function damaged(height: number, width: number): RangeError {
  return new RangeError(`Expected runs that fill ${height} x ${width} pixels, but they do not.`);
}

function fillColumns(data: Uint8Array, start: number, run: number, height: number, width: number): void {
  let x = Math.floor(start / height);
  let y = start - x * height;
  for (let i = 0; i < run; i++) {
    data[y * width + x] = 1;
    if (++y === height) {
      y = 0;
      x++;
    }
  }
}

/** Columns and rows outside the mask's box are counted, not looked at: down a column each pixel is a cache miss. */
function runsOf(mask: MaskBitmap): number[] {
  const { width, height, data } = mask;
  const box = tightBox(mask);
  if (!box) return [width * height];
  const [x0, y0, x1, y1] = box;
  const runs: number[] = [];
  let inside = 0;
  let run = x0 * height;
  for (let x = x0; x < x1; x++) {
    if (inside && y0 > 0) {
      runs.push(run);
      [inside, run] = [0, 0];
    }
    run += y0;
    for (let y = y0, at = y0 * width + x; y < y1; y++, at += width) {
      if (data[at] !== inside) {
        runs.push(run);
        [inside, run] = [inside ^ 1, 0];
      }
      run++;
    }
    if (inside && y1 < height) {
      runs.push(run);
      [inside, run] = [0, 0];
    }
    run += height - y1;
  }
  const rest = (width - x1) * height;
  if (inside && rest) {
    runs.push(run);
    run = 0;
  }
  runs.push(run + rest);
  return runs;
}

function compress(runs: number[]): string {
  let text = "";
  runs.forEach((run, index) => {
    let value = index > 2 ? run - (runs[index - 2] ?? 0) : run;
    for (;;) {
      const low = value & 0x1f;
      value >>= 5;
      const isLast = value === (low & SIGN ? -1 : 0);
      text += String.fromCharCode((isLast ? low : low | MORE) + OFFSET);
      if (isLast) break;
    }
  });
  return text;
}

function expand(counts: string): number[] {
  const runs: number[] = [];
  let at = 0;
  while (at < counts.length) {
    let value = 0;
    for (let place = 0; ; place++) {
      const character = counts.charCodeAt(at++) - OFFSET;
      if (!(character >= 0 && character < 64) || place > 6) {
        throw new RangeError("Expected COCO's compressed run-length counts, but they are cut off or damaged.");
      }
      value |= (character & 0x1f) << (5 * place);
      if (!(character & MORE)) {
        if (character & SIGN && place < 6) value |= -1 << (5 * (place + 1));
        break;
      }
    }
    runs.push(runs.length > 2 ? value + (runs[runs.length - 2] ?? 0) : value);
  }
  return runs;
}
