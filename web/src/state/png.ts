/** A PNG file of the server's read without a canvas. */

export interface PngPixels {
  width: number;
  height: number;
  /** `(H, W, 4)`, opaque. */
  rgba: Uint8ClampedArray;
}

const SIGNATURE_BYTES = 8;
/** Samples per pixel by colour type: of grey and of colour. */
const SAMPLES = new Map([
  [0, 1],
  [2, 3],
]);

/** Pixels as they are in the file; rejects what the server does not write: transparency, palettes, other than 8 bits. */
export async function readPng(png: Blob): Promise<PngPixels> {
  const view = new DataView(await png.arrayBuffer());
  const text = (at: number) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
  const packed: Uint8Array<ArrayBuffer>[] = [];
  let header = -1;
  for (let at = SIGNATURE_BYTES; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (text(at + 4) === "IHDR") header = at + 8;
    if (text(at + 4) === "IDAT") packed.push(new Uint8Array(view.buffer, at + 8, view.getUint32(at)));
  }
  const samples = header < 0 ? undefined : SAMPLES.get(view.getUint8(header + 9));
  if (!samples || view.getUint8(header + 8) !== 8 || view.getUint8(header + 12) !== 0) {
    throw new Error("Expected a PNG of 8 bits, grey or RGB, from the server.");
  }
  const [width, height] = [view.getUint32(header), view.getUint32(header + 4)];
  const rows = new Blob(packed).stream().pipeThrough(new DecompressionStream("deflate"));
  const filtered = new Uint8Array(await new Response(rows).arrayBuffer());
  return { width, height, rgba: toRgba(unfiltered(filtered, height, width * samples, samples), samples) };
}

/** Each row begins with the number of its filter, which said what was taken from its values (PNG, section 9). */
function unfiltered(filtered: Uint8Array, height: number, stride: number, samples: number): Uint8Array {
  const values = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const from = row * (stride + 1) + 1;
    const to = row * stride;
    const filter = filtered[from - 1]!;
    for (let i = 0; i < stride; i++) {
      const left = i < samples ? 0 : values[to + i - samples]!;
      const up = row === 0 ? 0 : values[to + i - stride]!;
      const corner = i < samples || row === 0 ? 0 : values[to + i - stride - samples]!;
      values[to + i] = filtered[from + i]! + predicted(filter, left, up, corner);
    }
  }
  return values;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  return filter === 4 ? paeth(left, up, corner) : 0;
}

/** Of the three neighbours the one that is nearest to left + up - corner. */
function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function toRgba(values: Uint8Array, samples: number): Uint8ClampedArray {
  const pixels = values.length / samples;
  const rgba = new Uint8ClampedArray(4 * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * pixel + channel] = values[samples * pixel + (samples === 1 ? 0 : channel)]!;
    }
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}
