import type { BoxXyxy } from "../../model/items";
import type { Desk } from "../desk";
import { boxAt, gripAt, WHOLE, type BoxGrip } from "../hits";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import { dragGrip, dragNewBox, gripCursor } from "./rectangle";

/** Drag a box over burned-in text; it can be moved and resized, Alt or the right button on it takes it away. */
export class RedactTool implements ToolHandler {
  readonly zoomsOnDoubleTap = true;

  constructor(private readonly desk: Desk) {}

  cursor(at: StagePointer): string {
    const held = this.heldAt(at);
    return (held && gripCursor(this.boxes()[held.index] ?? null, at)) ?? (held ? "move" : "crosshair");
  }

  press(at: StagePointer): Drag | null {
    const { bench, draft } = this.desk;
    const held = this.heldAt(at);
    if (at.removes) {
      if (held) bench.removeRedaction(held.index);
      return null;
    }
    const index = held?.index ?? -1;
    const show = (box: BoxXyxy) => (draft.value = { kind: "redaction", index, box });
    const finish = (box: BoxXyxy | null) => {
      draft.value = null;
      if (!box) return;
      if (held) bench.moveRedaction(held.index, box);
      else bench.addRedaction(box);
    };
    if (!held) return dragNewBox(this.desk, at, show, finish);
    return dragGrip(this.desk, at, this.boxes()[held.index]!, held.grip, show, finish);
  }

  private boxes(): readonly BoxXyxy[] {
    return this.desk.bench.imageItem.value.redactions;
  }

  private heldAt(at: StagePointer): { index: number; grip: BoxGrip } | null {
    const boxes = this.boxes();
    for (let index = boxes.length - 1; index >= 0; index--) {
      const grip = gripAt(boxes[index]!, at, at.reach);
      if (grip) return { index, grip };
    }
    const inside = boxAt(boxes, at);
    return inside >= 0 ? { index: inside, grip: WHOLE } : null;
  }
}
