import type { BoxXyxy } from "../../model/items";
import { boxBetween, dragged, isMeant } from "../boxes";
import type { Desk } from "../desk";
import { gripAt, WHOLE, type BoxGrip } from "../hits";
import type { Drag, StagePointer } from "../pointing";

/** Drags a new box over the picture; what is too small to be meant is reported as null. */
export function dragNewBox(
  desk: Desk,
  at: StagePointer,
  show: (box: BoxXyxy) => void,
  finish: (box: BoxXyxy | null) => void,
): Drag | null {
  const size = desk.imageSize();
  if (!size) return null;
  const boxTo = (to: StagePointer) => boxBetween(at, to, size);
  return {
    move: (to) => {
      const box = boxTo(to);
      if (isMeant(box)) show(box);
    },
    release: (to) => {
      const box = boxTo(to);
      finish(isMeant(box) ? box : null);
    },
    cancel: () => finish(null),
  };
}

/** Drags a grip of a box that is there; `finish` is given null if it was not moved. */
export function dragGrip(
  desk: Desk,
  at: StagePointer,
  box: BoxXyxy,
  grip: BoxGrip,
  show: (box: BoxXyxy) => void,
  finish: (box: BoxXyxy | null) => void,
): Drag | null {
  const size = desk.imageSize();
  if (!size) return null;
  const boxTo = (to: StagePointer) => dragged(box, grip, { x: to.x - at.x, y: to.y - at.y }, size);
  const isMoved = (to: BoxXyxy) => to.some((value, index) => value !== box[index]);
  return {
    move: (to) => show(boxTo(to)),
    release: (to) => {
      const moved = boxTo(to);
      finish(isMoved(moved) ? moved : null);
    },
    cancel: () => finish(null),
  };
}

/** The cursor over a box's border; null elsewhere. */
export function gripCursor(box: BoxXyxy | null, at: StagePointer): string | null {
  const grip = box && gripAt(box, at, at.reach);
  if (!grip) return null;
  if (grip === WHOLE) return "move";
  if (grip.horizontal === 0) return "ns-resize";
  if (grip.vertical === 0) return "ew-resize";
  return grip.horizontal === grip.vertical ? "nwse-resize" : "nesw-resize";
}
