/** The list of images: pages of it as they are looked at, search, filter, uploads. */
import { effect, signal, untracked } from "@preact/signals";
import type { Api } from "../api/client";
import type { ImageSummary, StateCounts } from "../api/answers";
import { messageOf } from "../api/failure";
import type { ImageState } from "../model/items";
import type { Notice, Upload } from "./kinds";

const PAGE = 200;
const TYPING_MS = 200;

export class Catalogue {
  readonly images = signal<readonly (ImageSummary | undefined)[]>([]);
  readonly total = signal(0);
  readonly counts = signal<StateCounts>({ new: 0, "in work": 0, done: 0 });
  readonly uploads = signal<Upload[]>([]);
  readonly search = signal("");
  readonly stateFilter = signal<ImageState | null>(null);
  /** Images whose files turned out to be damaged, or of a kind that cannot be read; stepping goes past them. */
  readonly unreadable = signal<ReadonlySet<string>>(new Set());
  private readonly asked = new Set<number>();
  /** Answers to a former search do not count. */
  private round = 0;
  /** What was said of the open image last; an answer that was under way meanwhile is older. */
  private patched: { id: string; change: Partial<ImageSummary> } | null = null;
  private stopWatching: () => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly say: (kind: Notice["kind"], text: string) => void,
  ) {}

  async start(): Promise<void> {
    await this.reload();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isFirst = true;
    const dispose = effect(() => {
      void this.search.value;
      void this.stateFilter.value;
      if (!isFirst) {
        clearTimeout(timer);
        timer = setTimeout(() => void this.reload(), TYPING_MS);
      }
      isFirst = false;
    });
    this.stopWatching = () => {
      dispose();
      clearTimeout(timer);
    };
  }

  stop(): void {
    this.stopWatching();
  }

  /** The list as the server has it now, from its beginning. */
  async reload(): Promise<void> {
    this.round++;
    this.asked.clear();
    await this.page(0, true);
  }

  /** Have the images about this place of the list loaded. */
  async ensure(offset: number): Promise<void> {
    await this.page(Math.floor(Math.max(offset, 0) / PAGE), false);
  }

  async rescan(): Promise<void> {
    try {
      const { added, moved, missing } = await this.api.rescan();
      this.unreadable.value = new Set();
      this.say("info", `The folder was read again: ${added} new, ${missing} missing.${movedText(moved)}`);
    } catch (error) {
      this.say("error", messageOf(error));
    }
    await this.reload();
  }

  /** The place of an image, for which the list is read on if need be; -1 if it is not in the list. */
  async find(id: string): Promise<number> {
    const round = this.round;
    for (let offset = 0; this.placeOf(id) < 0 && offset < this.total.value && round === this.round; offset += PAGE) {
      await this.ensure(offset);
    }
    return this.placeOf(id);
  }

  placeOf(id: string): number {
    return this.images.value.findIndex((image) => image?.id === id);
  }

  /** What changed about one image. */
  patch(id: string, change: Partial<ImageSummary>): void {
    this.patched = { id, change };
    const place = this.placeOf(id);
    const before = this.images.value[place];
    if (!before) return;
    const after = { ...before, ...change };
    if (before.state === after.state && before.objects === after.objects && before.revision === after.revision) return;
    this.images.value = this.images.value.with(place, after);
    if (before.state !== after.state) {
      const counts = { ...this.counts.value };
      counts[before.state]--;
      counts[after.state]++;
      this.counts.value = counts;
    }
  }

  /** Send files one after the other; gives the first image that arrived. */
  async upload(chosen: File[], maxBytes: number): Promise<ImageSummary | null> {
    let first: ImageSummary | null = null;
    const files = chosen.filter((file) => file.size <= maxBytes);
    // The server would close the connection while the file is being sent, which looks like a broken network.
    for (const { name } of chosen.filter((file) => file.size > maxBytes)) {
      this.say(
        "error",
        `${name} is larger than ${Math.floor(maxBytes / 2 ** 20)} MB, the most that this server takes.`,
      );
    }
    this.uploads.value = [...this.uploads.value, ...files.map((file) => ({ name: file.name, fraction: 0 }))];
    for (const file of files) {
      try {
        const image = await this.api.upload(file, (fraction) => this.progress(file.name, fraction));
        first ??= image;
      } catch (error) {
        this.say("error", `${file.name}: ${messageOf(error)}`);
      }
      const at = this.uploads.value.findIndex((upload) => upload.name === file.name);
      this.uploads.value = this.uploads.value.filter((_, index) => index !== at);
    }
    if (files.length) await this.reload();
    return first;
  }

  private progress(name: string, fraction: number): void {
    const at = this.uploads.value.findIndex((upload) => upload.name === name);
    if (at >= 0) this.uploads.value = this.uploads.value.with(at, { name, fraction });
  }

  private async page(page: number, isFresh: boolean): Promise<void> {
    if (this.asked.has(page)) return;
    this.asked.add(page);
    const round = this.round;
    const [search, state] = untracked(() => [this.search.value, this.stateFilter.value] as const);
    try {
      const answer = await this.api.images({ search, state, offset: page * PAGE, limit: PAGE });
      if (round !== this.round) return;
      const images = isFresh ? [] : [...this.images.value];
      images.length = answer.total;
      answer.images.forEach((image, index) => (images[page * PAGE + index] = image));
      this.total.value = answer.total;
      this.counts.value = answer.counts;
      this.images.value = Array.from(images);
      if (this.patched) this.patch(this.patched.id, this.patched.change);
    } catch (error) {
      this.asked.delete(page);
      if (round === this.round) this.say("error", messageOf(error));
    }
  }
}

function movedText(count: number): string {
  if (!count) return "";
  return count === 1
    ? " 1 image was renamed or moved; its annotations went along."
    : ` ${count} images were renamed or moved; their annotations went along.`;
}
