import type { MaskBitmap } from "../model/mask";
import { extentOf, type Area } from "./area";

/** A mask as a picture of one colour, no larger than its set pixels; opaque, so that whoever draws it says how much. */
export interface Tinted {
  readonly canvas: HTMLCanvasElement;
  /** Where its upper left corner lies, original pixels. */
  readonly left: number;
  readonly top: number;
}

/** "#rrggbb" as red, green, blue, 0 to 255; white for anything else. */
export function rgbOf(colour: string): [number, number, number] {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  const value = hex === undefined ? 0xffffff : Number.parseInt(hex, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** RGBA pixels of an area of a mask: the colour where it is set, nothing elsewhere. */
export function tintedPixels(mask: MaskBitmap, colour: string, area: Area): Uint8ClampedArray<ArrayBuffer> {
  const width = area.right - area.left;
  const height = area.bottom - area.top;
  const pixels = new Uint8ClampedArray(4 * width * height);
  const words = new Uint32Array(pixels.buffer);
  const colourBytes = new Uint8Array([...rgbOf(colour), 255]);
  const word = new Uint32Array(colourBytes.buffer)[0]!;
  for (let row = 0; row < height; row++) {
    const from = (area.top + row) * mask.width + area.left;
    const to = row * width;
    for (let column = 0; column < width; column++) if (mask.data[from + column] === 1) words[to + column] = word;
  }
  return pixels;
}

/** The whole mask tinted; null if it is empty. */
export function tint(mask: MaskBitmap, colour: string): Tinted | null {
  const area = extentOf(mask);
  if (!area) return null;
  const canvas = document.createElement("canvas");
  canvas.width = area.right - area.left;
  canvas.height = area.bottom - area.top;
  canvas.getContext("2d")?.putImageData(new ImageData(tintedPixels(mask, colour, area), canvas.width), 0, 0);
  return { canvas, left: area.left, top: area.top };
}
