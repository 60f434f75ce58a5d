/** Low-resolution logits to a mask at the size of the original image, in the steps of the server's pipelines. */
import { MaskBitmap } from "../model/mask";
import type { ModelFrame } from "./model_frame";

/** For each output cell of one axis: the two cells that it lies between, and the weight of the second. */
interface Taps {
  first: Int32Array;
  second: Int32Array;
  weight: Float32Array;
}

/** `(n, n)` logits to the mask `(H, W)` of what is above the threshold. */
export function logitsToMask(logits: Float32Array, frame: ModelFrame): MaskBitmap {
  const [height, width] = frame.originalHw;
  const n = frame.logitsSize;
  if (frame.pipeline === "medsam") {
    // Here probabilities are interpolated, and in one step; minus the threshold, so that the sign decides.
    const probability = logits.map((logit) => 1 / (1 + Math.exp(-logit)) - 0.5);
    return new MaskBitmap(width, height, thresholded(probability, n, n, taps(n, height), taps(n, width)));
  }
  const [h, w] = frame.resizedHw;
  const full = interpolated(logits, n, taps(n, frame.inputSize, h), taps(n, frame.inputSize, w));
  return new MaskBitmap(width, height, thresholded(full, h, w, taps(h, height), taps(w, width)));
}

/** Pixel centres at +0.5, the borders repeated; only the first `count` of `to` cells. */
function taps(from: number, to: number, count = to): Taps {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const weight = new Float32Array(count);
  const scale = Math.fround(from / to);
  for (let i = 0; i < count; i++) {
    const place = Math.max(Math.fround(scale * (i + 0.5)) - 0.5, 0);
    const cell = Math.min(Math.floor(place), from - 1);
    first[i] = cell;
    second[i] = Math.min(cell + 1, from - 1);
    weight[i] = place - cell;
  }
  return { first, second, weight };
}

function interpolated(values: Float32Array, stride: number, rows: Taps, columns: Taps): Float32Array {
  const width = columns.first.length;
  const result = new Float32Array(rows.first.length * width);
  const line = new Float32Array(stride);
  for (let y = 0, at = 0; y < rows.first.length; y++) {
    blend(values, rows.first[y]! * stride, rows.second[y]! * stride, rows.weight[y]!, line, 0, stride);
    for (let x = 0; x < width; x++, at++) {
      const a = line[columns.first[x]!]!;
      result[at] = a + (line[columns.second[x]!]! - a) * columns.weight[x]!;
    }
  }
  return result;
}

/** 1 where the interpolated value is positive. What has no positive value beside it is left out unseen. */
function thresholded(values: Float32Array, height: number, width: number, rows: Taps, columns: Taps): Uint8Array {
  const outWidth = columns.first.length;
  const result = new Uint8Array(rows.first.length * outWidth);
  const ends = new Int32Array(2 * height);
  for (let y = 0; y < height; y++) {
    let [start, end] = [width, 0];
    for (let x = 0, at = y * width; x < width; x++, at++) {
      if (values[at]! > 0) {
        if (x < start) start = x;
        end = x + 1;
      }
    }
    ends[2 * y] = start;
    ends[2 * y + 1] = end;
  }
  const line = new Float32Array(width);
  for (let y = 0; y < rows.first.length; y++) {
    const [a, b] = [rows.first[y]!, rows.second[y]!];
    const start = Math.min(ends[2 * a]!, ends[2 * b]!);
    const end = Math.max(ends[2 * a + 1]!, ends[2 * b + 1]!);
    if (end <= start) continue;
    const [from, to] = [Math.max(start - 1, 0), Math.min(end + 1, width)];
    blend(values, a * width, b * width, rows.weight[y]!, line, from, to);
    let x = lowerBound(columns.second, start);
    for (let at = y * outWidth + x; x < outWidth && columns.first[x]! < end; x++, at++) {
      const left = line[columns.first[x]!]!;
      if (left + (line[columns.second[x]!]! - left) * columns.weight[x]! > 0) result[at] = 1;
    }
  }
  return result;
}

function blend(
  values: Float32Array,
  a: number,
  b: number,
  weight: number,
  line: Float32Array,
  from: number,
  to: number,
): void {
  for (let x = from; x < to; x++) {
    const value = values[a + x]!;
    line[x] = value + (values[b + x]! - value) * weight;
  }
}

/** The first index whose value is at least `value`; the values ascend. */
function lowerBound(values: Int32Array, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
