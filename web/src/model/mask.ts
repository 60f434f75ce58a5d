/** A mask at the size of the original image: 1 inside, 0 outside, row by row. */
export class MaskBitmap {
  constructor(
    readonly width: number,
    readonly height: number,
    readonly data: Uint8Array = new Uint8Array(width * height),
  ) {
    if (data.length !== width * height) {
      throw new RangeError(`Expected ${width * height} pixels, but got ${data.length}.`);
    }
  }

  /** A copy that may be painted on. */
  copy(): MaskBitmap {
    return new MaskBitmap(this.width, this.height, this.data.slice());
  }

  /** How much of the picture is inside, 0 to 1. */
  get share(): number {
    let inside = 0;
    for (const pixel of this.data) inside += pixel;
    return this.data.length ? inside / this.data.length : 0;
  }

  /** Whether no pixel is inside. */
  get isEmpty(): boolean {
    return !this.data.includes(1);
  }
}
