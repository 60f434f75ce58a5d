import type { MaskBitmap } from "../model/mask";
import { outlineOf } from "./outline";
import { tint, type Tinted } from "./tint";

/** What is drawn of a mask, made once and kept for as long as the mask itself. */
export class MaskLayers {
  private readonly fills = new WeakMap<MaskBitmap, { colour: string; tinted: Tinted | null }>();
  private readonly outlines = new WeakMap<MaskBitmap, Path2D>();

  /** The mask filled with a colour; null if it is empty. */
  fill(mask: MaskBitmap, colour: string): Tinted | null {
    const known = this.fills.get(mask);
    if (known?.colour === colour) return known.tinted;
    const tinted = tint(mask, colour);
    this.fills.set(mask, { colour, tinted });
    return tinted;
  }

  /** Its smooth outline, original pixels. */
  outline(mask: MaskBitmap): Path2D {
    const known = this.outlines.get(mask);
    if (known) return known;
    const path = new Path2D();
    for (const loop of outlineOf(mask)) {
      path.moveTo(loop[0]!, loop[1]!);
      for (let i = 2; i < loop.length; i += 2) path.lineTo(loop[i]!, loop[i + 1]!);
      path.closePath();
    }
    this.outlines.set(mask, path);
    return path;
  }
}
