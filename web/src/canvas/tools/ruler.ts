import type { PointXy, RulerItem } from "../../model/items";
import { tidy } from "../boxes";
import type { Desk } from "../desk";
import { apart } from "../hits";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import type { Xy } from "../viewport";

/** Drag to measure a distance; an end of a ruler can be moved, Alt or the right button on it takes the ruler away. */
export class RulerTool implements ToolHandler {
  readonly zoomsOnDoubleTap = true;

  constructor(private readonly desk: Desk) {}

  cursor(at: StagePointer): string {
    return this.endAt(at) ? "move" : "crosshair";
  }

  press(at: StagePointer): Drag | null {
    const { bench, draft } = this.desk;
    const held = this.endAt(at);
    if (at.removes) {
      if (held) bench.remove(held.ruler.id);
      return null;
    }
    const fixed = held ? (held.end === "from" ? held.ruler.to : held.ruler.from) : this.placed(at);
    const lineTo = (to: Xy): { from: PointXy; to: PointXy } => {
      const free = this.placed(to);
      return held?.end === "from" ? { from: free, to: fixed } : { from: fixed, to: free };
    };
    return {
      move: (to) => (draft.value = { kind: "ruler", id: held?.ruler.id ?? null, ...lineTo(to) }),
      release: (to) => {
        const { from, to: end } = lineTo(to);
        const hasMoved = draft.value !== null;
        draft.value = null;
        if (!hasMoved || Math.hypot(end[0] - from[0], end[1] - from[1]) < 1) return;
        if (held) bench.moveRuler(held.ruler.id, from, end);
        else bench.addRuler(from, end);
      },
      cancel: () => (draft.value = null),
    };
  }

  private endAt(at: StagePointer): { ruler: RulerItem; end: "from" | "to" } | null {
    if (!this.desk.bench.overlayVisible.value) return null;
    for (const ruler of this.desk.bench.rulersHere.value.toReversed()) {
      if (!ruler.visible) continue;
      for (const end of ["to", "from"] as const) {
        const [x, y] = ruler[end];
        if (apart({ x, y }, at, at.reach) <= 1) return { ruler, end };
      }
    }
    return null;
  }

  private placed(at: Xy): PointXy {
    const size = this.desk.imageSize() ?? { width: 1, height: 1 };
    const inside = (value: number, length: number) => tidy(Math.max(0, Math.min(length, value)));
    return [inside(at.x, size.width), inside(at.y, size.height)];
  }
}
