/** Measures of the masks of the frame that is shown, asked for once the masks rest. */
import { signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { Measurements } from "../api/answers";
import { ApiError } from "../api/failure";
import type { ObjectItem, Rle, SpacingXy } from "../model/items";

const REST_MS = 120;
/** After a failure: the server is busy or away. */
const RETRY_MS = 5000;

interface Wanted {
  imageId: string;
  frame: number;
  objects: ObjectItem[];
  /** What the user gave; null: what the file says. */
  spacingMm: SpacingXy | null;
}

export class Measuring {
  readonly measurements = signal<ReadonlyMap<string, Measurements>>(new Map());
  /** By the spacing that is wanted. */
  private known = new WeakMap<Rle, Measurements>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wanted: Wanted | null = null;

  constructor(private readonly api: Pick<Api, "measure">) {}

  /** These objects are shown now. */
  show(imageId: string, frame: number, objects: ObjectItem[], spacingMm: SpacingXy | null = null): void {
    if (String(spacingMm) !== String(this.wanted?.spacingMm ?? null)) this.known = new WeakMap();
    this.wanted = { imageId, frame, objects, spacingMm };
    this.publish();
    this.askIn(REST_MS);
  }

  /** What could not be measured may be measured now. */
  again(): void {
    this.askIn(0);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.wanted = null;
  }

  private askIn(milliseconds: number): void {
    clearTimeout(this.timer);
    const isMissing = this.wanted?.objects.some(({ mask }) => mask && !this.known.has(mask));
    if (isMissing) this.timer = setTimeout(() => void this.ask(), milliseconds);
  }

  private async ask(): Promise<void> {
    const wanted = this.wanted;
    if (!wanted) return;
    const { known } = this;
    const masks = wanted.objects.flatMap(({ mask }) => (mask && !known.has(mask) ? [mask] : []));
    try {
      const { measurements } = await this.api.measure(wanted.imageId, wanted.frame, masks, wanted.spacingMm);
      masks.forEach((mask, index) => measurements[index] && known.set(mask, measurements[index]));
    } catch (error) {
      console.warn("No measures were given.", error);
      const mayPass = error instanceof ApiError && (error.kind === "busy" || error.kind === "unreachable");
      if (mayPass && wanted === this.wanted) this.askIn(RETRY_MS);
    }
    this.publish();
  }

  private publish(): void {
    const found = new Map<string, Measurements>();
    for (const { id, mask } of this.wanted?.objects ?? []) {
      const measured = mask && this.known.get(mask);
      if (measured) found.set(id, measured);
    }
    const old = this.measurements.value;
    const isSame = old.size === found.size && [...found].every(([id, measured]) => old.get(id) === measured);
    if (!isSame) this.measurements.value = found;
  }
}
