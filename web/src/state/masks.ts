/** Bitmaps of objects' masks, decoded when they are needed; a few of those that are not shown are kept. */
import type { ObjectItem, Rle } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { rleToMask } from "../model/rle";

/** Of masks that are not shown: some 60 of 1600 x 1200. Undo and other frames need them again. */
const SPARE_BYTES = 128 * 2 ** 20;

export class Masks {
  /** The one used last is the last. */
  private readonly known = new Map<Rle, MaskBitmap>();
  private readonly lent = new WeakMap<ObjectItem, MaskBitmap>();
  private shown: ReadonlySet<Rle> = new Set();

  /** @param spareBytes how much of what is not shown may be kept. */
  constructor(private readonly spareBytes = SPARE_BYTES) {}

  /** The same bitmap as long as the mask is the same and its object is shown; null where there is none. */
  of(item: ObjectItem): MaskBitmap | null {
    const lent = this.lent.get(item);
    if (lent) return lent;
    if (!item.mask) return null;
    const mask = this.known.get(item.mask) ?? rleToMask(item.mask);
    this.know(item.mask, mask);
    return mask;
  }

  /** The bitmap of an encoding that was just made of it. */
  know(rle: Rle, mask: MaskBitmap): void {
    this.known.delete(rle);
    this.known.set(rle, mask);
  }

  /** These objects are shown now. */
  keep(objects: readonly ObjectItem[]): void {
    this.shown = new Set(objects.flatMap(({ mask }) => mask ?? []));
    const spare = [...this.known].filter(([rle]) => !this.shown.has(rle));
    let bytes = spare.reduce((sum, [, mask]) => sum + mask.data.byteLength, 0);
    for (const [rle, mask] of spare) {
      if (bytes <= this.spareBytes) break;
      bytes -= mask.data.byteLength;
      this.known.delete(rle);
    }
  }

  /** A draft's bitmap, which is not worth encoding. */
  lend(draft: ObjectItem, mask: MaskBitmap | null): void {
    if (mask) this.lent.set(draft, mask);
  }
}
