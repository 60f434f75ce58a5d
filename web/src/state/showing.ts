/** Which frame is shown: its pixels, its embedding, its place in the page's address, and the cine's player. */
import { signal, type ReadonlySignal } from "@preact/signals";
import type { ImageDetail } from "../api/answers";
import { messageOf } from "../api/failure";
import type { FrameRef } from "../decoding/stage";
import { writeAddress, type Address } from "./address";
import { Cine } from "./cine";
import type { Encoding } from "./encoding";
import type { FramePixels, Notice } from "./kinds";
import type { Pictures } from "./pictures";

/** A slider that is being dragged shows frames; none is encoded, nor written into the address, before it rests. */
const REST_MS = 150;

export interface ShowingWiring {
  image: ReadonlySignal<ImageDetail | null>;
  pictures: Pictures;
  encoding: Encoding;
  /** Another frame is shown from now on. */
  onFrame(index: number): void;
  say(kind: Notice["kind"], text: string): void;
}

export class Showing {
  readonly frame = signal(0);
  readonly pixels = signal<FramePixels | null>(null);
  readonly cine: Cine;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private openings = 0;

  constructor(private readonly wiring: ShowingWiring) {
    const { image } = wiring;
    this.cine = new Cine({
      frames: () => image.peek()?.frames ?? 0,
      frame: () => this.frame.peek(),
      frameTimesS: () => image.peek()?.frameTimesS ?? null,
      load: (index) => this.load(index),
      show: (index) => this.show(index),
      onFailure: () => this.pause(),
    });
  }

  /** The image that was just opened. */
  begin(index: number): void {
    this.openings++;
    this.pixels.value = null;
    this.show(Math.min(index, (this.wiring.image.peek()?.frames ?? 1) - 1));
  }

  go(index: number): void {
    const frames = this.wiring.image.peek()?.frames ?? 0;
    const frame = Math.min(Math.max(Math.round(index), 0), frames - 1);
    if (frames && frame !== this.frame.peek()) this.show(frame);
  }

  pause(): void {
    if (!this.cine.playing.peek()) return;
    this.cine.stop();
    this.rest();
  }

  /** No image is open any more. */
  clear(): void {
    this.stop();
    this.pixels.value = null;
    this.wiring.encoding.show(null);
    writeHere({ imageId: null, frame: 0 });
  }

  /** The picture could not be had before: ask for it again. */
  again(): void {
    if (this.pixels.peek()?.index !== this.frame.peek()) this.picture();
  }

  stop(): void {
    clearTimeout(this.restTimer);
    this.cine.stop();
  }

  /** Have the frame that is shown encoded, unless a cine is playing. */
  encode(): void {
    if (!this.cine.playing.peek()) this.wiring.encoding.show(this.ref(this.frame.peek()));
  }

  /** A frame of the open image as the decoder knows it. */
  ref(index: number): FrameRef | null {
    const image = this.wiring.image.peek();
    if (!image) return null;
    // Of a file that was altered meanwhile, nothing from before is used.
    const version = image.changedOnDisk ? String(this.openings) : "";
    return { imageId: image.id, index, sizeHw: image.sizeHw, version };
  }

  /** The next image, or the cine's next frame, is made ready while one looks at this one. */
  lookAhead(nextImageId: string | null): void {
    const image = this.wiring.image.peek();
    if (!image) return;
    const index = this.frame.peek() + 1;
    const follower = index < image.frames ? this.ref(index) : null;
    if (follower) void this.wiring.encoding.ahead(follower);
    // Its size is not known before it is opened, and not needed to keep its embedding.
    const next: FrameRef | null = nextImageId ? { imageId: nextImageId, index: 0, sizeHw: [1, 1], version: "" } : null;
    if (next) void this.wiring.encoding.ahead(next);
  }

  private show(index: number): void {
    const image = this.wiring.image.peek();
    if (!image) return;
    this.frame.value = index;
    this.wiring.onFrame(index);
    this.picture();
    clearTimeout(this.restTimer);
    if (this.cine.playing.peek()) this.wiring.encoding.show(null);
    else if (this.wiring.encoding.shows(image.id)) this.restTimer = setTimeout(() => this.rest(), REST_MS);
    else this.rest();
  }

  private rest(): void {
    this.encode();
    const image = this.wiring.image.peek();
    if (image) writeHere({ imageId: image.id, frame: this.frame.peek() });
  }

  private picture(): void {
    const image = this.wiring.image.peek();
    if (!image) return;
    const index = this.frame.peek();
    const isWanted = () => this.wiring.image.peek()?.id === image.id && this.frame.peek() === index;
    void this.load(index).then(
      (pixels) => {
        if (isWanted()) this.pixels.value = pixels;
      },
      (error) => {
        if (isWanted()) this.wiring.say("error", messageOf(error));
      },
    );
  }

  private load(index: number): Promise<FramePixels> {
    const frame = this.ref(index);
    if (!frame) return Promise.reject(new Error("No image is open."));
    return this.wiring.pictures.get(frame, this.wiring.image.peek()?.isColour ?? false);
  }
}

/** Browsers bear few of these in a second, and Safari throws beyond them. */
function writeHere(address: Address): void {
  try {
    globalThis.history?.replaceState?.(null, "", writeAddress(address) || "#");
  } catch (error) {
    console.warn("The page's address could not be altered.", error);
  }
}
