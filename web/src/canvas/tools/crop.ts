import type { BoxXyxy } from "../../model/items";
import type { Desk } from "../desk";
import { gripAt } from "../hits";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import { dragGrip, dragNewBox, gripCursor } from "./rectangle";

/** Drag what is kept when the image is shared; handles change it, Alt or the right button takes it away. */
export class CropTool implements ToolHandler {
  readonly zoomsOnDoubleTap = true;

  constructor(private readonly desk: Desk) {}

  cursor(at: StagePointer): string {
    return gripCursor(this.desk.bench.imageItem.value.crop, at) ?? "crosshair";
  }

  press(at: StagePointer): Drag | null {
    const { bench, draft } = this.desk;
    const crop = bench.imageItem.value.crop;
    if (at.removes) {
      if (crop) bench.setCrop(null);
      return null;
    }
    const show = (box: BoxXyxy) => (draft.value = { kind: "crop", box });
    const finish = (box: BoxXyxy | null) => {
      draft.value = null;
      if (box) bench.setCrop(box);
    };
    const grip = crop && gripAt(crop, at, at.reach);
    return grip ? dragGrip(this.desk, at, crop, grip, show, finish) : dragNewBox(this.desk, at, show, finish);
  }
}
