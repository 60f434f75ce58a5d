/** Frames' pixels: fetched as PNG, decoded by the browser, a few kept. */
import type { Api } from "../api/client";
import type { FrameRef } from "../decoding/stage";
import { frameKey } from "../decoding/stage";
import type { FramePixels } from "./kinds";
import { readPng, type PngPixels } from "./png";

/** About 40 frames of 1600 x 1200, or a whole short cine of 640 x 480. */
const KEPT_BYTES = 320 * 2 ** 20;

export type Decode = (png: Blob) => Promise<PngPixels>;

export class Pictures {
  private readonly kept = new Map<string, Promise<FramePixels>>();

  constructor(
    private readonly api: Pick<Api, "framePng">,
    private readonly decode: Decode = decodePng,
  ) {}

  get(frame: FrameRef, isColour: boolean): Promise<FramePixels> {
    const key = frameKey(frame);
    const known = this.kept.get(key);
    if (known) this.kept.delete(key);
    const picture = known ?? this.load(frame, isColour);
    this.kept.set(key, picture);
    const bytes = frame.sizeHw[0] * frame.sizeHw[1] * 4;
    const most = Math.max(4, Math.floor(KEPT_BYTES / bytes));
    while (this.kept.size > most) this.kept.delete(this.kept.keys().next().value!);
    picture.catch(() => this.kept.delete(key));
    return picture;
  }

  private async load(frame: FrameRef, isColour: boolean): Promise<FramePixels> {
    const decoded = await this.decode(await this.api.framePng(frame.imageId, frame.index));
    return { index: frame.index, isColour, ...decoded };
  }
}

let decoding: Decode | undefined;

/** The pixels as they are in the file, by the quickest way that gives them. */
function decodePng(png: Blob): ReturnType<Decode> {
  decoding ??= isCanvasHonest() ? throughCanvas : readPng;
  return decoding(png);
}

/** A browser that hides from trackers (Firefox's resistFingerprinting) gives other pixels than were drawn. */
function isCanvasHonest(): boolean {
  const drawn = new ImageData(16, 16);
  drawn.data.forEach((_, i, data) => (data[i] = i % 4 === 3 ? 255 : (i * 7) % 256));
  const context = readableContext(16, 16);
  context.putImageData(drawn, 0, 0);
  return context.getImageData(0, 0, 16, 16).data.every((value, i) => value === drawn.data[i]);
}

/** No colour management, no premultiplied alpha. */
async function throughCanvas(png: Blob): ReturnType<Decode> {
  const bitmap = await createImageBitmap(png, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const { width, height } = bitmap;
  const context = readableContext(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}

function readableContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser cannot read the pixels of a picture.");
  return context;
}
