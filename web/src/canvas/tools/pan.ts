import type { Desk } from "../desk";
import type { Drag, StagePointer, ToolHandler } from "../pointing";
import { panned } from "../viewport";

/** Drags the picture; the drag of every tool's middle button and space bar. */
export function dragView(desk: Desk, at: StagePointer): Drag | null {
  const start = desk.view.peek();
  const moveTo = (to: StagePointer) => {
    const size = desk.imageSize();
    const by = { x: to.stage.x - at.stage.x, y: to.stage.y - at.stage.y };
    if (size) desk.view.value = panned(start, by, size, desk.stageSize.peek());
  };
  return { move: moveTo, release: moveTo, cancel: () => undefined, isOfView: true };
}

/** Moves the picture by dragging. */
export class PanTool implements ToolHandler {
  readonly zoomsOnDoubleTap = true;

  constructor(private readonly desk: Desk) {}

  cursor(): string {
    return "grab";
  }

  press(at: StagePointer): Drag | null {
    return dragView(this.desk, at);
  }
}
