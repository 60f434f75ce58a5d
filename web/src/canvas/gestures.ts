import { BRUSH_RANGE } from "../state/settings";
import type { Desk } from "./desk";
import { MouseGestures } from "./mouse_gestures";
import { stageXy } from "./stage_pointer";
import type { Toolbox } from "./tools/toolbox";
import { TouchGestures } from "./touch_gestures";
import { fitted, wheelFactor, zoomedAt, type Xy } from "./viewport";

/** WebKit's GestureEvent, as far as it is used here; `scale` is 1 where the fingers began. */
type PinchEvent = MouseEvent & { readonly scale: number };

/** Listens to pointers, the wheel and held keys on the stage, and hands them on. */
export class Gestures {
  readonly mouse: MouseGestures;
  private readonly touch: TouchGestures;

  constructor(
    private readonly element: HTMLElement,
    private readonly desk: Desk,
    private readonly toolbox: Toolbox,
  ) {
    this.mouse = new MouseGestures(element, desk, toolbox);
    this.touch = new TouchGestures(element, desk, toolbox, (at) => this.toggleZoom(at));
  }

  /** Begins to listen; gives the function that ends it. */
  attach(): () => void {
    const ending = new AbortController();
    const { signal } = ending;
    const { element, mouse, touch } = this;
    const isTouch = (event: PointerEvent) => event.pointerType === "touch";
    const on = (name: "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "pointerleave", act: (event: PointerEvent) => void) =>
      element.addEventListener(name, act, { signal }); // prettier-ignore
    on("pointerdown", (event) => {
      element.focus({ preventScroll: true });
      this.desk.cross.value = null;
      // A middle press would start the browser's own scrolling, any other one a selection of text.
      event.preventDefault();
      if (isTouch(event)) touch.press(event);
      else mouse.press(event);
    });
    on("pointermove", (event) => (isTouch(event) ? touch.move(event) : mouse.move(event)));
    on("pointerup", (event) => (isTouch(event) ? touch.release(event) : mouse.release(event)));
    on("pointercancel", (event) => (isTouch(event) ? touch.cancel(event) : mouse.cancel()));
    on("pointerleave", (event) => {
      if (!isTouch(event)) mouse.leave();
    });
    element.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    element.addEventListener("wheel", (event) => this.zoom(event), { signal, passive: false });
    this.listenToPinches(signal);
    element.addEventListener(
      "dblclick",
      (event) => {
        const { pointerType } = event as MouseEvent & { pointerType?: string };
        if (pointerType === "touch" || !this.toolbox.current().zoomsOnDoubleTap || event.button !== 0) return;
        this.toggleZoom(stageXy(element, event));
      },
      { signal },
    );
    this.listenToKeys(signal);
    return () => ending.abort();
  }

  /** Gives up whatever goes on. */
  cancel(): void {
    this.mouse.cancel();
    this.touch.giveUp();
  }

  /** Gives up what would alter the annotation. */
  cancelEdit(): void {
    this.mouse.cancelEdit();
    this.touch.cancelEdit();
  }

  /** Safari tells of two fingers on a trackpad by events of its own; elsewhere they turn a wheel with Ctrl. */
  private listenToPinches(signal: AbortSignal): void {
    let scale = 1;
    const on = (name: string, act: (event: PinchEvent) => void) =>
      this.element.addEventListener(
        name,
        (event) => {
          // Else the whole page grows.
          event.preventDefault();
          act(event as PinchEvent);
        },
        { signal },
      );
    on("gesturestart", () => (scale = 1));
    on("gesturechange", (event) => {
      const factor = event.scale / scale;
      scale = event.scale;
      // Fingers on a touch screen are pointers as well, and zoom as such.
      if (!this.touch.isTouched) this.zoomAt(stageXy(this.element, event), factor);
    });
  }

  private listenToKeys(signal: AbortSignal): void {
    const { mouse } = this;
    window.addEventListener(
      "keydown",
      (event) => {
        if (event.key === " " && !isTyping(event)) {
          if (!event.repeat) mouse.hasUsedSpace = false;
          mouse.isSpaceHeld = true;
          mouse.hoverAgain(false);
        } else if (event.key === "Alt") mouse.hoverAgain(true);
      },
      { signal, capture: true },
    );
    window.addEventListener(
      "keyup",
      (event) => {
        if (event.key === " ") {
          // Others take the space bar for theirs unless it moved the view.
          if (mouse.hasUsedSpace) event.preventDefault();
          mouse.isSpaceHeld = false;
          mouse.hoverAgain(false);
        } else if (event.key === "Alt") {
          if (this.desk.pointer.value) event.preventDefault();
          mouse.hoverAgain(false);
        }
      },
      { signal, capture: true },
    );
    window.addEventListener("blur", () => (mouse.isSpaceHeld = false), { signal });
  }

  private zoom(event: WheelEvent): void {
    event.preventDefault();
    const { bench } = this.desk;
    const tool = bench.tool.value;
    if (this.mouse.isDragging) return;
    if (event.altKey && (tool === "brush" || tool === "eraser")) {
      const radius = bench.brushRadius.value * wheelFactor(event.deltaY, event.deltaMode, false);
      bench.brushRadius.value = Math.max(BRUSH_RANGE.min, Math.min(BRUSH_RANGE.max, radius));
      return;
    }
    this.zoomAt(stageXy(this.element, event), wheelFactor(event.deltaY, event.deltaMode, event.ctrlKey));
  }

  private zoomAt(at: Xy, factor: number): void {
    const { view, stageSize } = this.desk;
    const size = this.desk.imageSize();
    if (size && !this.mouse.isDragging) view.value = zoomedAt(view.peek(), factor, at, size, stageSize.peek());
  }

  private toggleZoom(at: Xy): void {
    const { view, stageSize } = this.desk;
    const size = this.desk.imageSize();
    if (!size) return;
    const whole = fitted(size, stageSize.peek(), view.peek().stretch);
    const isWhole = Math.abs(view.peek().scale - whole.scale) < whole.scale * 0.01;
    view.value = isWhole ? zoomedAt(whole, Math.max(2.5, 1 / whole.scale), at, size, stageSize.peek()) : whole;
  }
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && target.matches("input, textarea, select, button, [contenteditable]");
}
