import { signal, type Signal } from "@preact/signals";
import { UNSTRETCHED } from "../model/stretch";
import type { Bench } from "./bench";
import type { Draft } from "./drafts";
import { FrameQueue } from "./frame_queue";
import { objectAt } from "./hits";
import type { Size, Viewport, Xy } from "./viewport";

/** A point of a prompt that a key would delete. */
export interface MarkedPoint {
  readonly objectId: string;
  readonly index: number;
}

/** What the stage, its tools and its gestures share. */
export class Desk {
  readonly view: Signal<Viewport> = signal({ scale: 1, stretch: UNSTRETCHED, left: 0, top: 0 });
  readonly stageSize: Signal<Size> = signal({ width: 1, height: 1 });
  readonly draft: Signal<Draft | null> = signal(null);
  readonly marked: Signal<MarkedPoint | null> = signal(null);
  /** The pointer in CSS pixels of the stage, while a mouse or pen is over it. */
  readonly pointer: Signal<Xy | null> = signal(null);
  /** The cross that the arrow keys move, original pixels. */
  readonly cross: Signal<Xy | null> = signal(null);
  /** What a screen reader is told. */
  readonly announcement: Signal<string> = signal("");

  constructor(
    readonly bench: Bench,
    readonly frames: FrameQueue = new FrameQueue(),
  ) {}

  /** Size of the picture in original pixels; null while no image is open. */
  imageSize(): Size | null {
    const image = this.bench.image.value;
    if (!image) return null;
    const [height, width] = image.sizeHw;
    return { width, height };
  }

  /** True if the position (original pixels) is on the picture. */
  isInside(at: Xy): boolean {
    const size = this.imageSize();
    return size !== null && at.x >= 0 && at.y >= 0 && at.x < size.width && at.y < size.height;
  }

  /** Id of the uppermost object of this frame that is seen at a position (original pixels); null where there is none. */
  objectAt(at: Xy): string | null {
    const { bench } = this;
    return objectAt(
      bench.objectsHere.value.map((object) => ({ ...object, mask: bench.maskOf(object) })),
      at,
    );
  }

  /** True if the picture on the stage is the frame that edits are for; the next one may still be on its way. */
  showsFrame(): boolean {
    return this.bench.pixels.value?.index === this.bench.frame.value;
  }

  /** Tells a screen reader; the same text again is told again. */
  announce(text: string): void {
    this.announcement.value = text === this.announcement.peek() ? `${text}\u00a0` : text;
  }
}
