import type { Desk } from "./desk";
import { pointAt } from "./hits";
import type { PointTool } from "./tools/point";
import { inPixels, panned, toImage, toStage, type Xy } from "./viewport";

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** How near the cross is near enough to a point, CSS pixels. */
const REACH = 9;

/**
 * Pointing with the keyboard: once the stage was focused by a key, arrows move a cross, Enter and Backspace add and
 * remove there. After a press of the pointer the arrows are the page's again.
 */
export class CrossCursor {
  private isByKeyboard = false;

  constructor(
    private readonly desk: Desk,
    private readonly points: PointTool,
  ) {}

  /** The stage got the focus. */
  focus(isByKeyboard: boolean): void {
    this.isByKeyboard = isByKeyboard;
    if (isByKeyboard) this.desk.announce("Image. Arrow keys move a cross, Enter adds a point, Backspace removes.");
  }

  /** The stage lost the focus. */
  blur(): void {
    this.hide();
    this.isByKeyboard = false;
  }

  /** Handles a key; false if it is not meant for the stage. */
  key(event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">): boolean {
    if (event.ctrlKey || event.metaKey) return false;
    const arrow = ARROWS[event.key];
    const { cross, marked } = this.desk;
    if (arrow && (this.isByKeyboard || cross.value)) return this.move(arrow, event.shiftKey);
    if (cross.value && this.desk.bench.tool.value === "point") {
      if (event.key === "Enter") return this.put(event.altKey ? 0 : 1);
      if (event.key === "Backspace") return this.putOrRemove();
    }
    if (event.key === "Delete" || event.key === "Backspace") return this.removeNearest();
    if (event.key === "Escape" && (cross.value || marked.value)) {
      this.hide();
      marked.value = null;
      return true;
    }
    return false;
  }

  private hide(): void {
    if (!this.desk.cross.value) return;
    this.desk.cross.value = null;
    this.points.leave();
  }

  private move([dx, dy]: readonly [number, number], isFast: boolean): boolean {
    const size = this.desk.imageSize();
    if (!size) return false;
    const { bench, cross, frames, stageSize, view } = this.desk;
    const room = stageSize.peek();
    const least = inPixels(view.peek(), 2);
    const step = Math.max(1, Math.round(dx === 0 ? least.y : least.x)) * (isFast ? 10 : 1);
    const middle = toImage(view.peek(), { x: room.width / 2, y: room.height / 2 });
    const from = cross.value ?? { x: Math.floor(middle.x) - dx * step, y: Math.floor(middle.y) - dy * step };
    const clamp = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));
    const to = { x: clamp(from.x + dx * step, size.width), y: clamp(from.y + dy * step, size.height) };
    cross.value = to;
    const stage = toStage(view.peek(), to);
    const beyond = (value: number, length: number) => Math.max(0, 20 - value) + Math.min(0, length - 20 - value);
    const by = { x: beyond(stage.x, room.width), y: beyond(stage.y, room.height) };
    if (by.x !== 0 || by.y !== 0) view.value = panned(view.peek(), by, size, room);
    if (bench.tool.value === "point") frames.later("hover", () => bench.hoverAt(to.x, to.y, 1));
    this.tellPlace(to);
    return true;
  }

  private tellPlace(at: Xy): void {
    const id = this.desk.objectAt(at);
    const isSelected = id === this.desk.bench.selectedId.value;
    const what = id === null ? "" : isSelected ? ", on the selected object" : ", on another object";
    this.desk.announce(`${at.x}, ${at.y}${what}`);
  }

  private put(label: 0 | 1): boolean {
    const at = this.desk.cross.value!;
    this.desk.frames.drop("hover");
    this.desk.bench.pause();
    if (!this.desk.showsFrame()) return true;
    this.points.add(at.x, at.y, label);
    return true;
  }

  private putOrRemove(): boolean {
    const index = this.nearestTo(this.desk.cross.value!);
    if (index >= 0) this.points.remove(index);
    else this.put(0);
    return true;
  }

  private removeNearest(): boolean {
    const { bench, marked, pointer, view } = this.desk;
    const object = bench.selected.value;
    if (!object || bench.tool.value !== "point") return false;
    const isMarked = marked.value?.objectId === object.id && marked.value.index < object.prompt.points.length;
    const index = isMarked
      ? marked.value!.index
      : pointer.value
        ? this.nearestTo(toImage(view.peek(), pointer.value))
        : -1;
    if (index < 0) return false;
    this.points.remove(index);
    return true;
  }

  private nearestTo(at: Xy): number {
    const points = this.desk.bench.selected.value?.prompt.points ?? [];
    return pointAt(points, at, inPixels(this.desk.view.peek(), REACH));
  }
}
