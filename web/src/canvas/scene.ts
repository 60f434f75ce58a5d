import type { FramePixels } from "../state/kinds";
import type { MaskBitmap } from "../model/mask";
import type { Area } from "./area";
import type { MaskLayers } from "./layers";
import { isIdentity, lookupTable, throughTable, type Display } from "./picture";
import { tintedPixels } from "./tint";

/** One mask of the scene, lowest first. */
export interface SceneMask {
  readonly mask: MaskBitmap;
  readonly colour: string;
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/**
 * The picture with the masks' fills on it, at the original size: moving the view draws this one bitmap, however many
 * objects there are.
 */
export class Scene {
  private picture: HTMLCanvasElement | null = null;
  private composed: HTMLCanvasElement | null = null;
  private paint: HTMLCanvasElement | null = null;
  private shownPixels: FramePixels | null = null;
  private shownDisplay = "";

  constructor(private readonly layers: MaskLayers) {}

  /** The bitmap to draw; null before there is a picture. */
  get bitmap(): HTMLCanvasElement | null {
    return this.composed;
  }

  /** Takes the frame's pixels through window and level; does nothing if both are as they were. */
  setPicture(pixels: FramePixels | null, display: Display): void {
    const key = `${display.window} ${display.level} ${display.invert}`;
    if (pixels === this.shownPixels && key === this.shownDisplay) return;
    this.shownPixels = pixels;
    this.shownDisplay = key;
    if (!pixels) {
      this.picture = null;
      this.composed = null;
      return;
    }
    const { width, height, rgba } = pixels;
    if (this.picture?.width !== width || this.picture.height !== height) {
      this.picture = canvasOf(width, height);
      this.composed = canvasOf(width, height);
    }
    const table = lookupTable(display);
    const shown = isIdentity(table) ? new Uint8ClampedArray(rgba) : throughTable(rgba, table, pixels.isColour);
    this.picture.getContext("2d", { alpha: false })?.putImageData(new ImageData(shown, width), 0, 0);
  }

  /** Puts the masks on the picture, in an area only if one is given. */
  compose(masks: readonly SceneMask[], opacity: number, area: Area | null = null): void {
    const context = this.composed?.getContext("2d", { alpha: false });
    if (!context || !this.picture) return;
    context.save();
    if (area) {
      context.beginPath();
      context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
      context.clip();
    }
    context.drawImage(this.picture, 0, 0);
    context.globalAlpha = opacity;
    for (const { mask, colour } of masks) {
      const tinted = this.layers.fill(mask, colour);
      if (tinted) context.drawImage(tinted.canvas, tinted.left, tinted.top);
    }
    context.restore();
  }

  /** Puts a mask that is being painted on top of what is composed in an area. */
  composePaint(paint: SceneMask, opacity: number, area: Area): void {
    const context = this.composed?.getContext("2d", { alpha: false });
    const width = area.right - area.left;
    const height = area.bottom - area.top;
    if (!context || width <= 0 || height <= 0) return;
    if (!this.paint || this.paint.width < width || this.paint.height < height) {
      this.paint = canvasOf(Math.max(width, this.paint?.width ?? 0), Math.max(height, this.paint?.height ?? 0));
    }
    const pixels = new ImageData(tintedPixels(paint.mask, paint.colour, area), width);
    this.paint.getContext("2d")?.putImageData(pixels, 0, 0);
    context.globalAlpha = opacity;
    context.drawImage(this.paint, 0, 0, width, height, area.left, area.top, width, height);
    context.globalAlpha = 1;
  }
}
