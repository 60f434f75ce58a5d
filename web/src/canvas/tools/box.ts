import type { BoxXyxy } from "../../model/items";
import type { Desk } from "../desk";
import { gripAt } from "../hits";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import { dragGrip, dragNewBox, gripCursor } from "./rectangle";

/** Drag a box around an object; its handles resize it, its border moves it, Alt or the right button takes it away. */
export class BoxTool implements ToolHandler {
  readonly zoomsOnDoubleTap = true;

  constructor(private readonly desk: Desk) {}

  cursor(at: StagePointer): string {
    return gripCursor(this.box(), at) ?? "crosshair";
  }

  press(at: StagePointer): Drag | null {
    const { bench, draft, frames } = this.desk;
    const object = bench.selected.value;
    const box = this.box();
    const grip = box && gripAt(box, at, at.reach);
    if (object && grip) {
      if (at.removes) {
        void bench.removeBox(object.id);
        return null;
      }
      const show = (to: BoxXyxy) => {
        draft.value = { kind: "box", box: to };
        frames.later("move box", () => void bench.moveBox(object.id, to, { commit: false }));
      };
      return dragGrip(this.desk, at, box, grip, show, (to) => {
        draft.value = null;
        frames.drop("move box");
        void bench.moveBox(object.id, to ?? box, { commit: to !== null });
      });
    }
    if (at.removes) return null;
    const show = (to: BoxXyxy) => (draft.value = { kind: "box", box: to });
    return dragNewBox(this.desk, at, show, (to) => {
      draft.value = null;
      if (to) void bench.box(to);
    });
  }

  private box(): BoxXyxy | null {
    const object = this.desk.bench.selected.value;
    return object && !object.locked && this.desk.bench.overlayVisible.value ? object.prompt.boxXyxy : null;
  }
}
