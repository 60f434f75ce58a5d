import type { Desk } from "./desk";
import type { Drag, StagePointer } from "./pointing";
import { readPointer } from "./stage_pointer";
import { dragView } from "./tools/pan";
import type { Toolbox } from "./tools/toolbox";
import { dragWindowLevel } from "./tools/window_level";

const MIDDLE = 1;
const RIGHT = 2;
/** The eraser end of a pen. */
const ERASER = 5;

/** What a mouse or a pen does: hovering, clicks and drags. */
export class MouseGestures {
  /** The space bar is held: the next drag moves the view. */
  isSpaceHeld = false;
  /** A drag used the space bar. */
  hasUsedSpace = false;
  private drag: { readonly drag: Drag; readonly pointerId: number; readonly removes: boolean } | null = null;
  private last: PointerEvent | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly desk: Desk,
    private readonly toolbox: Toolbox,
  ) {}

  /** True while a button is down. */
  get isDragging(): boolean {
    return this.drag !== null;
  }

  /** A button goes down. */
  press(event: PointerEvent): void {
    if (this.drag) return;
    const removes = event.button === RIGHT || event.button === ERASER;
    const at = readPointer(this.desk, this.element, event, removes);
    this.toolbox.current().leave?.();
    const drag = this.begin(event, at);
    if (!drag) return;
    this.drag = { drag, pointerId: event.pointerId, removes };
    this.element.setPointerCapture(event.pointerId);
  }

  /** The pointer moves, with or without a button. */
  move(event: PointerEvent): void {
    this.last = event;
    if (this.drag) {
      if (event.pointerId !== this.drag.pointerId) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length > 0 ? events : [event]) {
        this.drag.drag.move(readPointer(this.desk, this.element, each, this.drag.removes));
      }
      this.desk.pointer.value = readPointer(this.desk, this.element, event).stage;
    } else this.hover(event, event.altKey);
  }

  /** A button goes up. */
  release(event: PointerEvent): void {
    if (!this.drag || event.pointerId !== this.drag.pointerId) return;
    const { drag, removes } = this.drag;
    this.drag = null;
    drag.release(readPointer(this.desk, this.element, event, removes));
    this.hover(event, event.altKey);
  }

  /** Whatever goes on is given up. */
  cancel(): void {
    const drag = this.drag?.drag;
    this.drag = null;
    drag?.cancel();
  }

  /** As {@link cancel}, but a drag that only moves the view goes on. */
  cancelEdit(): void {
    if (!this.drag?.drag.isOfView) this.cancel();
  }

  /** The pointer left the stage. */
  leave(): void {
    if (this.drag) return;
    this.last = null;
    this.desk.pointer.value = null;
    this.toolbox.current().leave?.();
  }

  /** Alt went down or up, or the tool changed, under a resting pointer. */
  hoverAgain(alt: boolean): void {
    if (this.last && !this.drag) this.hover(this.last, alt);
  }

  private hover(event: PointerEvent, alt: boolean): void {
    const at = { ...readPointer(this.desk, this.element, event), removes: alt };
    const tool = this.toolbox.current();
    this.desk.pointer.value = at.stage;
    this.element.style.cursor = this.isSpaceHeld ? "grab" : tool.cursor(at);
    if (this.isSpaceHeld || event.ctrlKey || event.metaKey || event.shiftKey) tool.leave?.();
    else tool.hover?.(at);
  }

  private begin(event: PointerEvent, at: StagePointer): Drag | null {
    if (event.button === MIDDLE || this.isSpaceHeld) {
      this.hasUsedSpace ||= this.isSpaceHeld;
      this.element.style.cursor = "grabbing";
      return dragView(this.desk, at);
    }
    if (event.button === 0 && event.shiftKey) return dragWindowLevel(this.desk, at);
    if (event.button === 0 && (event.ctrlKey || event.metaKey)) {
      const id = this.desk.objectAt(at);
      if (id !== null) this.desk.bench.select(id);
      return null;
    }
    if (event.button !== 0 && !at.removes) return null;
    const tool = this.toolbox.taken();
    const drag = tool?.press(at) ?? null;
    if (!drag) tool?.tap?.(at);
    return drag;
  }
}
