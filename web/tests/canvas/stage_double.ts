import { Desk } from "../../src/canvas/desk";
import { FrameQueue } from "../../src/canvas/frame_queue";
import { Gestures } from "../../src/canvas/gestures";
import { Toolbox } from "../../src/canvas/tools/toolbox";
import { toStage } from "../../src/canvas/viewport";
import { UNSTRETCHED, type Stretch } from "../../src/model/stretch";
import { BenchDouble } from "./bench_double";

export const SCALE = 2;
export const LEFT = 10;
export const TOP = 20;

/**
 * A stage in a DOM without layout: 100 x 80 original pixels at twice their size, shifted and perhaps stretched; frames
 * come when asked.
 */
export class StageDouble {
  readonly bench = new BenchDouble(100, 80);
  readonly element = document.createElement("div");
  readonly desk: Desk;
  readonly toolbox: Toolbox;
  readonly gestures: Gestures;
  private readonly waiting: (() => void)[] = [];
  private readonly end: () => void;

  constructor(stretch: Stretch = UNSTRETCHED) {
    this.bench.stretch.value = stretch;
    this.desk = new Desk(this.bench, new FrameQueue((run) => this.waiting.push(run)));
    const rgba = new Uint8ClampedArray(4 * 100 * 80);
    this.bench.pixels.value = { index: 0, width: 100, height: 80, rgba, isColour: false };
    this.desk.view.value = { scale: SCALE, stretch, left: LEFT, top: TOP };
    this.desk.stageSize.value = { width: 220, height: 200 };
    this.element.tabIndex = 0;
    this.element.setPointerCapture = () => undefined;
    document.body.append(this.element);
    this.toolbox = new Toolbox(this.desk);
    this.gestures = new Gestures(this.element, this.desk, this.toolbox);
    this.end = this.gestures.attach();
  }

  /** Does the work that waits for the next frame. */
  frame(): void {
    for (const run of this.waiting.splice(0)) run();
  }

  /** A pointer event at original pixels x, y, as the present view shows them. */
  send(type: string, x: number, y: number, more: PointerEventInit = {}): PointerEvent {
    const at = toStage(this.desk.view.peek(), { x, y });
    const event = new PointerEvent(`pointer${type}`, {
      clientX: at.x,
      clientY: at.y,
      bubbles: true,
      cancelable: true,
      pointerId: 1,
      pointerType: "mouse",
      ...more,
    });
    this.element.dispatchEvent(event);
    return event;
  }

  /** Press and release. */
  click(x: number, y: number, more: PointerEventInit = {}): void {
    this.send("down", x, y, more);
    this.send("up", x, y, more);
  }

  /** Press, move and release. */
  drag(from: [number, number], to: [number, number], more: PointerEventInit = {}): void {
    this.send("down", ...from, more);
    this.send("move", (from[0] + to[0]) / 2, (from[1] + to[1]) / 2, more);
    this.frame();
    this.send("move", ...to, more);
    this.frame();
    this.send("up", ...to, more);
  }

  remove(): void {
    this.end();
    this.element.remove();
  }
}
