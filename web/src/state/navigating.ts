/** From image to image. */
import type { Api } from "../api/client";
import { ApiError, messageOf, type FailureKind } from "../api/failure";
import type { Catalogue } from "./catalogue";
import type { Editing } from "./editing";
import type { Hovering } from "./hovering";
import type { ImageWork } from "./image_work";
import type { Notice } from "./kinds";
import { within } from "./patience";
import type { Prompting } from "./prompting";
import type { Showing } from "./showing";

/** A click whose mask is under way is waited for before another image is opened. */
const LAST_CLICK_MS = 2000;
/** Failures that say nothing about the file. */
const PASSING: ReadonlySet<FailureKind> = new Set(["unreachable", "busy", "full", "unauthorised"]);

export interface NavigatingWiring {
  api: Pick<Api, "deleteImage">;
  work: ImageWork;
  catalogue: Catalogue;
  showing: Showing;
  prompting: Prompting;
  hovering: Hovering;
  editing: Editing;
  say(kind: Notice["kind"], text: string): void;
}

export class Navigating {
  /** The image that was asked for last, until it is there. */
  private wanted: string | null = null;
  /** The image that could not be opened, from which one goes on to its neighbours where none is open. */
  private failed: string | null = null;

  constructor(private readonly wiring: NavigatingWiring) {}

  /** @param frame of an image that is open already, the one that is shown stays unless another is said. */
  async open(id: string, frame?: number): Promise<void> {
    const { work, catalogue, showing, prompting, hovering, editing, say } = this.wiring;
    if (id === this.wanted) return;
    if (id === work.image.value?.id && this.wanted === null) {
      if (frame !== undefined) showing.go(frame);
      return;
    }
    this.wanted = id;
    this.failed = null;
    try {
      showing.pause();
      hovering.off();
      await within(LAST_CLICK_MS, prompting.settled());
      if (this.wanted !== id) return;
      prompting.cancel();
      editing.select(null);
      if (!(await work.open(id))) return;
      catalogue.unreadable.value = without(catalogue.unreadable.value, id);
      showing.begin(frame ?? 0);
    } catch (error) {
      if (this.wanted === id) this.failed = id;
      if (error instanceof ApiError && !PASSING.has(error.kind)) {
        catalogue.unreadable.value = new Set(catalogue.unreadable.value).add(id);
      }
      say("error", messageOf(error));
    } finally {
      if (this.wanted === id) this.wanted = null;
    }
  }

  /** The next or previous image of the list that can be opened; from the one that is being opened, if one is. */
  async step(by: 1 | -1): Promise<void> {
    const { catalogue, work } = this.wiring;
    const id = this.wanted ?? work.image.value?.id ?? this.failed ?? undefined;
    // Where nothing must be waited for, nothing is: the next press of the key goes on from here.
    const known = id === undefined ? -1 : catalogue.placeOf(id);
    const place = known < 0 && id !== undefined ? await catalogue.find(id) : known;
    for (let next = place < 0 ? 0 : place + by; next >= 0 && next < catalogue.total.value; next += by) {
      if (!catalogue.images.value[next]) await catalogue.ensure(next);
      const image = catalogue.images.value[next];
      if (!image) return;
      if (image.isMissing || catalogue.unreadable.value.has(image.id)) continue;
      await this.open(image.id);
      // Past a file that cannot be opened, unless another image was asked for meanwhile.
      if (this.failed !== image.id || !catalogue.unreadable.value.has(image.id)) return;
    }
  }

  /** Remove an upload; if it is the open one, its neighbour is opened. */
  async deleteUpload(id: string): Promise<void> {
    const { api, catalogue, work, say } = this.wiring;
    const place = Math.max(catalogue.placeOf(id), 0);
    const isOpen = id === work.image.value?.id;
    // Left first: nothing must be asked about it once it is gone.
    if (isOpen) this.close();
    try {
      await api.deleteImage(id);
    } catch (error) {
      say("error", messageOf(error));
      if (isOpen) await this.open(id);
      return;
    }
    await catalogue.reload();
    // Unless the user opened another one meanwhile.
    if (!isOpen || this.wanted !== null || work.image.value) return;
    const next = Math.min(place, catalogue.total.value - 1);
    if (next < 0) return;
    await catalogue.ensure(next);
    const neighbour = catalogue.images.value[next];
    if (neighbour) await this.open(neighbour.id);
  }

  private close(): void {
    const { work, showing, prompting, hovering, editing } = this.wiring;
    hovering.off();
    prompting.cancel();
    editing.select(null);
    work.close();
    showing.clear();
  }
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return ids.has(id) ? new Set([...ids].filter((other) => other !== id)) : ids;
}
