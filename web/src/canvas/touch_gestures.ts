import type { Desk } from "./desk";
import type { Drag, StagePointer } from "./pointing";
import { readPointer, stageXy } from "./stage_pointer";
import { dragView } from "./tools/pan";
import type { Toolbox } from "./tools/toolbox";
import { pinched, type Xy } from "./viewport";

/** A finger that moved less than this (CSS pixels) still taps. */
const SLOP = 10;
/** A finger that rests so long (milliseconds) removes instead of adding. */
const LONG_PRESS = 500;
const DOUBLE_TAP = 320;

/** What fingers do: tap, long press, drag with one, pan and zoom with two. */
export class TouchGestures {
  private readonly fingers = new Map<number, Xy>();
  private resting: { readonly event: PointerEvent; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  private drag: Drag | null = null;
  private lastTap: { readonly at: Xy; readonly time: number } | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly desk: Desk,
    private readonly toolbox: Toolbox,
    private readonly zoomToggled: (at: Xy) => void,
  ) {}

  /** True while a finger is on the screen. */
  get isTouched(): boolean {
    return this.fingers.size > 0;
  }

  /** A finger comes down; the second one turns whatever the first did into a pinch. */
  press(event: PointerEvent): void {
    this.fingers.set(event.pointerId, stageXy(this.element, event));
    this.element.setPointerCapture(event.pointerId);
    if (this.fingers.size > 1) {
      this.giveUp();
      return;
    }
    const timer = setTimeout(() => this.pressLong(), LONG_PRESS);
    this.resting = { event, timer };
  }

  /** A finger moves. */
  move(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = stageXy(this.element, event);
    if (this.fingers.size >= 2) {
      this.pinch(event.pointerId, now);
      return;
    }
    this.fingers.set(event.pointerId, now);
    if (this.resting) {
      const start = stageXy(this.element, this.resting.event);
      if (Math.hypot(now.x - start.x, now.y - start.y) < SLOP) return;
      this.beginDrag();
    }
    this.drag?.move(this.read(event));
  }

  /** A finger goes up. */
  release(event: PointerEvent): void {
    if (!this.fingers.delete(event.pointerId)) return;
    const { drag, resting } = this;
    this.drag = null;
    this.forgetResting();
    if (resting) this.tap(this.read(resting.event), event.timeStamp);
    else drag?.release(this.read(event));
  }

  /** The system took a finger away. */
  cancel(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    this.giveUp();
  }

  private read(event: PointerEvent, removes = false): StagePointer {
    return readPointer(this.desk, this.element, event, removes);
  }

  private beginDrag(): void {
    const at = this.read(this.resting!.event);
    this.forgetResting();
    this.drag = this.toolbox.taken()?.press(at) ?? dragView(this.desk, at);
  }

  private tap(at: StagePointer, time: number): void {
    const tool = this.toolbox.current();
    const last = this.lastTap;
    this.lastTap = { at: at.stage, time };
    if (tool.zoomsOnDoubleTap && last && time - last.time < DOUBLE_TAP) {
      if (Math.hypot(last.at.x - at.stage.x, last.at.y - at.stage.y) < 2 * SLOP) {
        this.lastTap = null;
        this.zoomToggled(at.stage);
        return;
      }
    }
    this.use(at);
  }

  private use(at: StagePointer): void {
    const tool = this.toolbox.taken();
    if (tool?.tap) tool.tap(at);
    else tool?.press(at)?.release(at);
  }

  private pressLong(): void {
    const event = this.resting?.event;
    this.forgetResting();
    if (!event) return;
    this.use(this.read(event, true));
    navigator.vibrate?.(15);
  }

  private pinch(id: number, now: Xy): void {
    const size = this.desk.imageSize();
    const ids = [...this.fingers.keys()].slice(0, 2);
    const before = ids.map((each) => this.fingers.get(each)!) as [Xy, Xy];
    this.fingers.set(id, now);
    const after = ids.map((each) => this.fingers.get(each)!) as [Xy, Xy];
    if (!size) return;
    this.desk.view.value = pinched(this.desk.view.peek(), before, after, size, this.desk.stageSize.peek());
  }

  /** What fingers do to the annotation is given up; a drag that only moves the view goes on. */
  cancelEdit(): void {
    if (!this.drag?.isOfView) this.giveUp();
  }

  /** Whatever goes on is given up. */
  giveUp(): void {
    this.forgetResting();
    this.drag?.cancel();
    this.drag = null;
  }

  private forgetResting(): void {
    if (this.resting) clearTimeout(this.resting.timer);
    this.resting = null;
  }
}
