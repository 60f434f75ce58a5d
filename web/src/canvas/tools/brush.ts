import { MaskBitmap } from "../../model/mask";
import type { Desk } from "../desk";
import { paintStroke } from "../paint";
import type { Drag, StagePointer, ToolHandler } from "../pointing";

/** Paints on the selected object's mask, or on a new one, with a tip that is round on the screen; Alt or the right button erases. */
export class BrushTool implements ToolHandler {
  readonly zoomsOnDoubleTap = false;

  constructor(
    private readonly desk: Desk,
    private readonly paints: 0 | 1,
  ) {}

  cursor(): string {
    return "none";
  }

  press(at: StagePointer): Drag | null {
    const { bench, draft, view } = this.desk;
    const size = this.desk.imageSize();
    const object = bench.selected.value;
    if (!size || bench.isReadOnly.value) return null;
    const value = at.removes ? 0 : this.paints;
    const before = object ? bench.maskOf(object) : null;
    if (object?.locked) {
      bench.say("warning", "The selected object is locked: unlock it, or select another one.");
      return null;
    }
    if (value === 0 && !before) return null;
    const mask = before ? before.copy() : new MaskBitmap(size.width, size.height);
    const colour = object ? bench.colourOf(object) : "#ffffff";
    const objectId = object?.id ?? null;
    let last: StagePointer = at;
    const paintTo = (to: StagePointer) => {
      const changed = paintStroke(mask, last, to, bench.brushRadius.value, value, view.peek().stretch);
      draft.value = { kind: "mask", objectId, colour, mask, changed };
      last = to;
    };
    paintTo(at);
    return {
      move: paintTo,
      release: (to) => {
        paintTo(to);
        draft.value = null;
        if (before || !mask.isEmpty) bench.setMask(objectId, mask);
      },
      cancel: () => (draft.value = null),
    };
  }
}
