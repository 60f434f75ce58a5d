import { effect, untracked } from "@preact/signals";
import type { Area } from "./area";
import { CrossCursor } from "./cross_cursor";
import { Desk } from "./desk";
import { Gestures } from "./gestures";
import { Renderer } from "./renderer";
import { Toolbox } from "./tools/toolbox";
import type { ViewControls } from "./view_controls";
import { bounded, fitted, pushed, resized, zoomedAt, type Size } from "./viewport";

/** The canvas and everything that happens on it: it draws when something changed, and only then. */
export class StageController {
  private readonly renderer: Renderer;
  private readonly toolbox: Toolbox;
  private readonly gestures: Gestures;
  private readonly cross: CrossCursor;
  private readonly context: CanvasRenderingContext2D | null;
  private fittedFor = "";
  private hasPressed = false;
  private isPainting = false;
  /** Whether anything was pressed since this image is shown. */
  private isWorkedOn = false;
  /** Of the stage on the screen, CSS pixels. */
  private top = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly canvas: HTMLCanvasElement,
    private readonly desk: Desk,
    private readonly controls: ViewControls,
  ) {
    this.context = canvas.getContext("2d", { alpha: false });
    this.renderer = new Renderer(desk);
    this.toolbox = new Toolbox(desk);
    this.gestures = new Gestures(element, desk, this.toolbox);
    this.cross = new CrossCursor(desk, this.toolbox.point);
  }

  /** Begins to draw and to listen; gives the function that ends both. */
  attach(): () => void {
    const observer = new ResizeObserver(() => this.measure());
    observer.observe(this.element);
    this.measure();
    const ends = [
      this.gestures.attach(),
      this.listenToKeys(),
      this.controls.attach({
        fit: () => this.fit(),
        actualSize: () => this.zoomTo(1),
        zoomBy: (factor) => this.zoomTo(this.desk.view.peek().scale * factor),
      }),
      effect(() => this.watchImage()),
      effect(() => this.watchFrame()),
      effect(() => this.watchScene()),
      effect(() => this.watchMarks()),
      effect(() => {
        this.controls.zoom.value = this.desk.view.value.scale;
      }),
      effect(() => this.watchTool()),
    ];
    return () => {
      observer.disconnect();
      for (const end of ends) end();
      this.desk.frames.drop();
      this.desk.bench.hoverOff();
    };
  }

  private drawLater(): void {
    this.desk.frames.drawLater(() => this.draw());
  }

  private draw(): void {
    if (!this.context) return;
    const { width, height } = this.desk.stageSize.peek();
    const ratio = window.devicePixelRatio || 1;
    const [across, down] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (this.canvas.width !== across) this.canvas.width = across;
    if (this.canvas.height !== down) this.canvas.height = down;
    const ground = getComputedStyle(this.element).getPropertyValue("--stage").trim() || "#0b0d10";
    this.renderer.draw(this.context, ratio, ground);
    this.tellView();
  }

  /** Where the picture is, for whoever drives the page from outside: CSS pixels. */
  private tellView(): void {
    const { scale, stretch, left, top } = this.desk.view.peek();
    const told = { scale, stretchX: stretch.x, stretchY: stretch.y, left, top };
    for (const [name, value] of Object.entries(told)) this.element.dataset[name] = String(value);
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.element;
    const after: Size = { width: Math.max(1, clientWidth), height: Math.max(1, clientHeight) };
    const before = this.desk.stageSize.peek();
    const { top } = this.element.getBoundingClientRect();
    const by = top - this.top;
    this.top = top;
    if (before.width === after.width && before.height === after.height) return;
    const image = this.desk.imageSize();
    this.desk.stageSize.value = after;
    if (!image) return;
    // A banner that comes or goes must not move what one is about to click.
    const isPushed = this.isWorkedOn && by !== 0 && before.width === after.width;
    const view = this.desk.view.peek();
    this.desk.view.value = isPushed ? pushed(view, by, image, after) : resized(view, image, before, after);
    if (isPushed) this.draw();
  }

  private watchImage(): void {
    const { bench, view, stageSize } = this.desk;
    const image = bench.image.value;
    const size = this.desk.imageSize();
    const stretch = bench.stretch.value;
    const key = image && size ? [image.id, size.width, size.height, stretch.x, stretch.y].join(" ") : "";
    if (key === this.fittedFor) return;
    this.fittedFor = key;
    this.isWorkedOn = false;
    untracked(() => this.gestures.cancel());
    this.desk.marked.value = null;
    this.desk.cross.value = null;
    if (size) view.value = fitted(size, stageSize.peek(), stretch);
  }

  /** A preview and a gesture are of one frame. */
  private watchFrame(): void {
    const { bench, frames } = this.desk;
    void bench.image.value?.id;
    void bench.frame.value;
    untracked(() => {
      this.gestures.cancelEdit();
      frames.drop("hover");
      bench.hoverOff();
    });
  }

  private watchScene(): void {
    const { bench } = this.desk;
    for (const part of [bench.pixels, bench.window, bench.level, bench.invert, bench.opacity]) void part.value;
    if (bench.overlayVisible.value) for (const object of bench.objectsHere.value) bench.colourOf(object);
    this.renderer.spoilScene();
    this.drawLater();
  }

  private watchMarks(): void {
    const { bench, cross, draft, marked, pointer, stageSize, view } = this.desk;
    const parts = [bench.hover, bench.imageItem, bench.rulersHere, bench.selected, bench.tool, bench.brushRadius];
    for (const part of [...parts, cross, marked, stageSize, view]) void part.value;
    if (bench.tool.value === "brush" || bench.tool.value === "eraser") void pointer.value;
    this.watchPaint(draft.value?.kind === "mask" ? draft.value.changed : null);
    this.drawLater();
  }

  private watchPaint(changed: Area | null): void {
    const isPainting = this.desk.draft.value?.kind === "mask";
    if (isPainting !== this.isPainting) this.renderer.spoilScene();
    this.isPainting = isPainting;
    this.renderer.addPainted(changed);
  }

  private watchTool(): void {
    void this.desk.bench.tool.value;
    untracked(() => {
      this.gestures.cancel();
      this.desk.frames.drop("hover");
      this.desk.bench.hoverOff();
      this.gestures.mouse.hoverAgain(false);
    });
  }

  private listenToKeys(): () => void {
    const ending = new AbortController();
    const { signal } = ending;
    const { element } = this;
    // Before "focus", which comes of the press itself.
    const noteDevice = (isPress: boolean) => () => {
      this.hasPressed = isPress;
      this.isWorkedOn = true;
    };
    window.addEventListener("pointerdown", noteDevice(true), { signal, capture: true });
    window.addEventListener("keydown", noteDevice(false), { signal, capture: true });
    element.addEventListener("pointerdown", () => this.cross.focus(false), { signal });
    element.addEventListener("focus", () => this.cross.focus(!this.hasPressed), { signal });
    element.addEventListener("blur", () => this.cross.blur(), { signal });
    element.addEventListener(
      "keydown",
      (event) => {
        const isCancel = event.key === "Escape" && this.gestures.mouse.isDragging;
        if (isCancel) this.gestures.mouse.cancel();
        else if (!this.cross.key(event)) return;
        event.preventDefault();
        event.stopPropagation();
      },
      { signal },
    );
    return () => ending.abort();
  }

  private fit(): void {
    const { stageSize, view } = this.desk;
    const size = this.desk.imageSize();
    if (size) view.value = fitted(size, stageSize.peek(), view.peek().stretch);
  }

  private zoomTo(scale: number): void {
    const { stageSize, view } = this.desk;
    const size = this.desk.imageSize();
    if (!size) return;
    const room = stageSize.peek();
    const middle = { x: room.width / 2, y: room.height / 2 };
    view.value = bounded(zoomedAt(view.peek(), scale / view.peek().scale, middle, size, room), size, room);
  }
}
