import type { Desk } from "../desk";
import type { Drag, StagePointer } from "../pointing";
import { windowed } from "../picture";

/** Shift and a drag: sideways the window, up and down the level. */
export function dragWindowLevel(desk: Desk, at: StagePointer): Drag {
  const { bench, frames } = desk;
  const start = { window: bench.window.peek(), level: bench.level.peek(), invert: bench.invert.peek() };
  const show = (values: { window: number; level: number }) => {
    bench.window.value = values.window;
    bench.level.value = values.level;
  };
  const shownAt = (to: StagePointer) => windowed(start, { x: to.stage.x - at.stage.x, y: to.stage.y - at.stage.y });
  return {
    move: (to) => frames.later("window", () => show(shownAt(to))),
    release: (to) => {
      frames.drop("window");
      show(shownAt(to));
    },
    cancel: () => {
      frames.drop("window");
      show(start);
    },
    isOfView: true,
  };
}
