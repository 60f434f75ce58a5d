import type { ObjectItem } from "../model/items";
import { extentOf, union, type Area } from "./area";
import type { Desk } from "./desk";
import type { Draft } from "./drafts";
import { MaskLayers } from "./layers";
import { drawBox, drawCrop, drawCross, drawPoints, drawRedaction, drawRuler, drawTip, INK } from "./marks";
import { tipRadius } from "./paint";
import { Scene, type SceneMask } from "./scene";
import { stretched, toImage, type Viewport } from "./viewport";

/** From this magnification on one sees the pixels themselves. */
const PIXELS_FROM = 4;
const PREVIEW_COLOUR = "#ffffff";

/** Draws everything on the stage, picture first, cursors last. */
export class Renderer {
  private readonly layers = new MaskLayers();
  private readonly scene = new Scene(this.layers);
  private isSceneStale = true;
  private painted: Area | null = null;

  constructor(private readonly desk: Desk) {}

  /** Picture or fills are not what they were. */
  spoilScene(): void {
    this.isSceneStale = true;
  }

  /** An area of the mask that is being painted changed. */
  addPainted(area: Area | null): void {
    this.painted = union(this.painted, area);
  }

  /** Draws a frame; the canvas has `ratio` device pixels per CSS pixel. */
  draw(context: CanvasRenderingContext2D, ratio: number, ground: string): void {
    const view = onDevicePixels(this.desk.view.value, ratio);
    this.bringSceneUp();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = ground;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    const bitmap = this.scene.bitmap;
    const size = this.desk.imageSize();
    // While another image is being opened its picture may not be there yet.
    if (!bitmap || bitmap.width !== size?.width || bitmap.height !== size.height) return;
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.left, ratio * view.top);
    const { width, height } = stretched(size, view.stretch);
    const isExact = Math.abs(view.scale * ratio - 1) < 1e-6 && width === size.width && height === size.height;
    context.imageSmoothingEnabled = view.scale < PIXELS_FROM && !isExact;
    context.imageSmoothingQuality = view.scale * ratio < 0.5 ? "medium" : "low";
    context.drawImage(bitmap, 0, 0, width, height);
    if (this.desk.bench.overlayVisible.value) this.drawOutlines(context, view);
    this.drawHover(context, view);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawMarks(context, view);
  }

  private shownObjects(): ObjectItem[] {
    const { bench } = this.desk;
    if (!bench.overlayVisible.value) return [];
    // While a cine's next frame is on its way, its objects would lie on the picture before it.
    const frame = bench.pixels.value?.index;
    return bench.objectsHere.value.filter((object) => object.visible && object.frame === frame);
  }

  private bringSceneUp(): void {
    const { bench, draft } = this.desk;
    const paint = draft.value?.kind === "mask" ? draft.value : null;
    if (!this.isSceneStale && !(paint && this.painted)) return;
    const masks: SceneMask[] = [];
    for (const object of this.shownObjects()) {
      const mask = object.id === paint?.objectId ? null : bench.maskOf(object);
      if (mask) masks.push({ mask, colour: bench.colourOf(object) });
    }
    if (this.isSceneStale) {
      const { window, level, invert } = bench;
      this.scene.setPicture(bench.pixels.value, { window: window.value, level: level.value, invert: invert.value });
    }
    const area = this.isSceneStale ? null : this.painted;
    this.scene.compose(masks, bench.opacity.value, area);
    const paintArea = paint && (area ?? extentOf(paint.mask));
    if (paint && paintArea) this.scene.composePaint(paint, bench.opacity.value, paintArea);
    this.isSceneStale = false;
    this.painted = null;
  }

  private drawOutlines(context: CanvasRenderingContext2D, view: Viewport): void {
    const { bench, draft } = this.desk;
    const paintedId = draft.value?.kind === "mask" ? draft.value.objectId : null;
    const selectedId = bench.selectedId.value;
    context.lineJoin = "round";
    for (const object of this.shownObjects()) {
      const mask = object.id === paintedId ? null : bench.maskOf(object);
      if (!mask) continue;
      const path = this.layers.outline(mask, view.stretch);
      if (object.id === selectedId) {
        context.lineWidth = 4 / view.scale;
        context.strokeStyle = "rgba(0, 0, 0, 0.55)";
        context.stroke(path);
      }
      context.lineWidth = (object.id === selectedId ? 2 : 1.25) / view.scale;
      context.strokeStyle = bench.colourOf(object);
      context.stroke(path);
    }
  }

  private drawHover(context: CanvasRenderingContext2D, view: Viewport): void {
    const { bench } = this.desk;
    const mask = bench.hover.value;
    if (!mask || mask.width !== this.scene.bitmap?.width || mask.height !== this.scene.bitmap.height) return;
    const object = bench.selected.value;
    const colour = object ? bench.colourOf(object) : PREVIEW_COLOUR;
    const fill = this.layers.fill(mask, colour);
    if (!fill) return;
    context.globalAlpha = bench.opacity.value * 0.5;
    const { x, y } = view.stretch;
    const { canvas, left, top } = fill;
    context.drawImage(canvas, left * x, top * y, canvas.width * x, canvas.height * y);
    context.globalAlpha = 1;
    const path = this.layers.outline(mask, view.stretch);
    context.lineWidth = 1.5 / view.scale;
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.stroke(path);
    context.setLineDash([5 / view.scale, 4 / view.scale]);
    context.strokeStyle = PREVIEW_COLOUR;
    context.stroke(path);
    context.setLineDash([]);
  }

  private drawMarks(context: CanvasRenderingContext2D, view: Viewport): void {
    const { bench, draft, marked, cross, pointer } = this.desk;
    const work = draft.value;
    const tool = bench.tool.value;
    this.drawSharing(context, view, work, tool);
    if (bench.overlayVisible.value) {
      this.drawRulers(context, view, work);
      const selected = bench.selected.value;
      if (selected?.visible) {
        const { boxXyxy, points } = selected.prompt;
        const isHeld = tool === "box" && !selected.locked;
        if (boxXyxy && work?.kind !== "box") drawBox(context, view, boxXyxy, INK.box, isHeld);
        drawPoints(context, view, points, marked.value?.objectId === selected.id ? marked.value.index : -1);
      }
    }
    if (work?.kind === "box") drawBox(context, view, work.box, INK.box, false);
    if (cross.value) drawCross(context, view, cross.value);
    const isBrush = tool === "brush" || tool === "eraser";
    if (isBrush && pointer.value) {
      const colour = tool === "brush" ? INK.include : INK.exclude;
      const radius = tipRadius(bench.brushRadius.value, view.stretch);
      drawTip(context, view, toImage(view, pointer.value), radius, colour);
    }
  }

  private drawSharing(context: CanvasRenderingContext2D, view: Viewport, work: Draft | null, tool: string): void {
    const size = this.desk.imageSize()!;
    const { crop, redactions } = this.desk.bench.imageItem.value;
    redactions.forEach((box, index) => {
      const isDragged = work?.kind === "redaction" && work.index === index;
      if (!isDragged) drawRedaction(context, view, box, tool === "redact");
    });
    if (work?.kind === "redaction") drawRedaction(context, view, work.box, true);
    const shown = work?.kind === "crop" ? work.box : crop;
    if (shown) drawCrop(context, view, shown, size, tool === "crop");
  }

  private drawRulers(context: CanvasRenderingContext2D, view: Viewport, work: Draft | null): void {
    const { bench } = this.desk;
    const held = work?.kind === "ruler" ? work : null;
    const others = bench.rulersHere.value.filter(({ visible, id }) => visible && id !== held?.id);
    for (const ruler of held ? [...others, held] : others) {
      drawRuler(context, view, ruler.from, ruler.to, lengthText(bench.lengthOf(ruler)));
    }
  }
}

/** The view moved to whole device pixels: panning then resamples nothing, and 1:1 is a plain copy. */
function onDevicePixels(view: Viewport, ratio: number): Viewport {
  const whole = (offset: number) => Math.round(offset * ratio) / ratio;
  return { ...view, left: whole(view.left), top: whole(view.top) };
}

/** A length as it is written beside a ruler: mm where the image is calibrated, else pixels. */
export function lengthText(length: { px: number; mm: number | null }): string {
  return length.mm === null ? `${length.px.toFixed(1)} px` : `${length.mm.toFixed(1)} mm`;
}
