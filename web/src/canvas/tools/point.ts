import { placedPoint } from "../boxes";
import type { Desk } from "../desk";
import { pointAt } from "../hits";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import type { Xy } from "../viewport";

/** Click to add or remove, drag a point to move it, Alt or the right button on a point takes it away. */
export class PointTool implements ToolHandler {
  readonly zoomsOnDoubleTap = false;

  constructor(private readonly desk: Desk) {}

  cursor(at: StagePointer): string {
    if (!at.isInside) return "default";
    return this.indexAt(at) >= 0 ? "move" : "crosshair";
  }

  press(at: StagePointer): Drag | null {
    const { bench, frames, marked } = this.desk;
    const object = bench.selected.value;
    const index = this.indexAt(at);
    marked.value = null;
    bench.hoverOff();
    frames.drop("hover");
    if (!object || index < 0 || at.removes) return null;
    const point = object.prompt.points[index]!;
    const offset = { x: point.x - at.x, y: point.y - at.y };
    let hasMoved = false;
    const moveTo = (to: StagePointer, commit: boolean) => {
      const place = this.placed(to.x + offset.x, to.y + offset.y);
      void bench.movePoint(object.id, index, place.x, place.y, { commit });
    };
    return {
      move: (to) => {
        hasMoved ||= Math.hypot(to.stage.x - at.stage.x, to.stage.y - at.stage.y) >= 3;
        if (hasMoved) frames.later("move point", () => moveTo(to, false));
      },
      release: (to) => {
        frames.drop("move point");
        if (hasMoved) moveTo(to, true);
        else marked.value = { objectId: object.id, index };
      },
      cancel: () => {
        frames.drop("move point");
        if (hasMoved) void bench.movePoint(object.id, index, point.x, point.y, { commit: false });
      },
    };
  }

  tap(at: StagePointer): void {
    if (!at.isInside) return;
    const { bench } = this.desk;
    const object = bench.selected.value;
    const index = this.indexAt(at);
    if (object && index >= 0) {
      if (at.removes) this.remove(index);
      else this.desk.marked.value = { objectId: object.id, index };
      return;
    }
    this.add(at.x, at.y, at.removes ? 0 : 1);
  }

  hover(at: StagePointer): void {
    const { bench, frames } = this.desk;
    if (!at.isInside || at.isTouch || this.indexAt(at) >= 0) {
      this.leave();
      return;
    }
    const { x, y } = this.placed(at.x, at.y);
    frames.later("hover", () => void bench.hoverAt(x, y, at.removes ? 0 : 1));
  }

  leave(): void {
    this.desk.frames.drop("hover");
    this.desk.bench.hoverOff();
  }

  /** Adds a point (original pixels) to the selected object, or to a new one. */
  add(x: number, y: number, label: 0 | 1): void {
    const place = this.placed(x, y);
    void this.desk.bench.click(place.x, place.y, label);
    const what = label === 1 ? "Point inside" : "Point outside";
    this.desk.announce(`${what} added at ${Math.floor(x)}, ${Math.floor(y)}.`);
  }

  /** Takes a point of the selected object away. */
  remove(index: number): void {
    const object = this.desk.bench.selected.value;
    if (!object) return;
    this.desk.marked.value = null;
    void this.desk.bench.removePoint(object.id, index);
    this.desk.announce("Point removed.");
  }

  private indexAt(at: StagePointer): number {
    const object = this.desk.bench.selected.value;
    if (!object || object.locked || !this.desk.bench.overlayVisible.value) return -1;
    return pointAt(object.prompt.points, at, at.reach);
  }

  private placed(x: number, y: number): Xy {
    return placedPoint({ x, y }, this.desk.imageSize() ?? { width: 1, height: 1 });
  }
}
