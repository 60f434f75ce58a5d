/** How grey values become screen values: `window` and `level` in grey values 0..255. */
export interface Display {
  readonly window: number;
  readonly level: number;
  readonly invert: boolean;
}

/** Screen value of each of the 256 stored values: `level` becomes the middle, `window` values become all of 0..255. */
export function lookupTable({ window, level, invert }: Display): Uint8ClampedArray<ArrayBuffer> {
  const table = new Uint8ClampedArray(256);
  const width = Math.max(1, window);
  for (let value = 0; value < 256; value++) {
    const shown = ((value - level) / width) * 255 + 127.5;
    table[value] = Math.round(invert ? 255 - shown : shown);
  }
  return table;
}

/** True if the table changes nothing. */
export function isIdentity(table: Uint8ClampedArray): boolean {
  return table.every((shown, value) => shown === value);
}

/** Pixels `(H, W, 4)` with the table applied to red, green and blue; opaque. Grey pixels need one look-up each. */
export function throughTable(
  rgba: Uint8ClampedArray,
  table: Uint8ClampedArray,
  isColour: boolean,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(rgba.length);
  if (isColour) {
    for (let i = 0; i < rgba.length; i += 4) {
      out[i] = table[rgba[i]!]!;
      out[i + 1] = table[rgba[i + 1]!]!;
      out[i + 2] = table[rgba[i + 2]!]!;
      out[i + 3] = 255;
    }
    return out;
  }
  const words = new Uint32Array(out.buffer);
  const greys = new Uint32Array(256);
  const isLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  for (let value = 0; value < 256; value++) {
    const shown = table[value]!;
    greys[value] = isLittle
      ? ((255 << 24) | (shown << 16) | (shown << 8) | shown) >>> 0
      : ((shown << 24) | (shown << 16) | (shown << 8) | 255) >>> 0;
  }
  for (let pixel = 0; pixel < words.length; pixel++) words[pixel] = greys[rgba[4 * pixel]!]!;
  return out;
}

/** Window and level after a drag of CSS pixels: right widens the window, down raises the level (darkens). */
export function windowed(display: Display, by: { x: number; y: number }): { window: number; level: number } {
  const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  return { window: clamp(display.window + by.x, 2, 510), level: clamp(display.level + by.y / 2, 0, 255) };
}
