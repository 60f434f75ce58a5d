import type { MaskBitmap } from "../model/mask";
import type { Stretch } from "../model/stretch";
import { outlineOf } from "./outline";
import { tint, type Tinted } from "./tint";

/** What is drawn of a mask, made once and kept for as long as the mask itself. */
export class MaskLayers {
  private readonly fills = new WeakMap<MaskBitmap, { colour: string; tinted: Tinted | null }>();
  private readonly outlines = new WeakMap<MaskBitmap, { stretch: Stretch; path: Path2D }>();

  /** The mask filled with a colour; null if it is empty. */
  fill(mask: MaskBitmap, colour: string): Tinted | null {
    const known = this.fills.get(mask);
    if (known?.colour === colour) return known.tinted;
    const tinted = tint(mask, colour);
    this.fills.set(mask, { colour, tinted });
    return tinted;
  }

  /** Its smooth outline in the stretched picture, so that a line is as thick across as down. */
  outline(mask: MaskBitmap, stretch: Stretch): Path2D {
    const known = this.outlines.get(mask);
    if (known && known.stretch.x === stretch.x && known.stretch.y === stretch.y) return known.path;
    const path = new Path2D();
    for (const loop of outlineOf(mask)) {
      path.moveTo(loop[0]! * stretch.x, loop[1]! * stretch.y);
      for (let i = 2; i < loop.length; i += 2) path.lineTo(loop[i]! * stretch.x, loop[i + 1]! * stretch.y);
      path.closePath();
    }
    this.outlines.set(mask, { stretch, path });
    return path;
  }
}
