/** The open image: who may write it, what is saved of it, and what others did to it. */
import { batch, signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { ImageDetail, LeaseAnswer } from "../api/answers";
import type { Edit } from "../model/document";
import type { Outbox } from "../model/outbox";
import { Saver, type SaverWiring, type Saving } from "../model/saving";
import { Annotation } from "./annotation";
import type { Notice } from "./kinds";
import { Lease } from "./lease";
import { within } from "./patience";

/** Longest wait for the last change to be sent before another image is opened; it stays in the outbox anyway. */
const LEAVE_MS = 3000;
/** Steps of an earlier page that can be undone. */
const UNDO_STEPS = 300;

export interface ImageWorkWiring {
  api: Api;
  outbox: Outbox;
  /** This tab. */
  client: string;
  say(kind: Notice["kind"], text: string): void;
  /** Ids of the labels that there are on the server now. */
  knownLabels(): Promise<ReadonlySet<string>>;
  /** Called when the items were replaced by the server's, and what was under way is void. */
  onReplaced(): void;
}

export class ImageWork {
  readonly image = signal<ImageDetail | null>(null);
  readonly isOpening = signal(false);
  readonly saving = signal<Saving>({ kind: "saved", message: "" });
  readonly isElsewhere = signal(false);
  /** The file was written anew after it was opened: its picture is the former one. */
  readonly isReplaced = signal(false);
  readonly annotation = new Annotation((edit) => this.commit(edit));
  private readonly lease: Lease;
  private saver: Saver | null = null;
  private round = 0;
  private isTakingOver = false;
  /** The state of the file whose picture is shown. */
  private openedFile = "";
  /** The image as it was opened, while its earlier steps could not be read. */
  private unread: ImageDetail | null = null;
  private readings = 0;

  /** The image that is being opened. */
  openingId: string | null = null;

  constructor(private readonly wiring: ImageWorkWiring) {
    this.lease = new Lease(wiring.api, wiring.client, (answer) => this.onLease(answer));
  }

  /** Whether it was opened, and not overtaken by another one; until then the former one stays as it is. */
  async open(id: string): Promise<boolean> {
    const round = ++this.round;
    const { api, outbox } = this.wiring;
    this.openingId = id;
    this.isOpening.value = true;
    try {
      const image = await api.image(id);
      if (round !== this.round) return false;
      this.annotation.endGesture();
      await within(LEAVE_MS, this.saver?.rested() ?? Promise.resolve());
      const unsent = await outbox.pending(id).catch(() => []);
      if (round !== this.round) return false;
      this.saver?.stop();
      this.saver = new Saver(this.saverWiring(id), image.revision, unsent);
      batch(() => {
        this.annotation.load(image, unsent);
        this.saving.value = unsent.length ? { kind: "saving", message: "" } : { kind: "saved", message: "" };
        this.isElsewhere.value = false;
        this.isReplaced.value = false;
        this.image.value = image;
      });
      this.openedFile = image.file;
      void this.lease.open(id);
      void this.readHistory(image);
      return true;
    } finally {
      if (round === this.round) {
        this.openingId = null;
        this.isOpening.value = false;
      }
    }
  }

  /** No image is open any more. */
  close(): void {
    this.round++;
    this.saver?.stop();
    this.saver = null;
    this.lease.close();
    this.readings++;
    this.unread = null;
    batch(() => {
      this.annotation.load(null);
      this.saving.value = { kind: "saved", message: "" };
      this.image.value = null;
    });
  }

  /** Take it over from another tab, or load what is newer; what is unsent is sent upon that. */
  async takeOver(): Promise<void> {
    this.isTakingOver = true;
    await this.lease.take();
    this.isTakingOver = false;
  }

  /** What the file is called by now, and whether it is there: the rest of the image stays as it is. */
  async lookAgain(): Promise<void> {
    const id = this.image.value?.id;
    if (id === undefined) return;
    try {
      const { name, isMissing } = await this.wiring.api.image(id);
      const shown = this.image.value;
      if (shown?.id !== id || (shown.name === name && shown.isMissing === isMissing)) return;
      this.image.value = { ...shown, name, isMissing };
    } catch (error) {
      console.warn("The open image could not be looked at again.", error);
    }
  }

  /** The server answers again. */
  resume(): void {
    this.saver?.retryNow();
  }

  /** The page goes away; it may come back out of the browser's memory. */
  hide(): void {
    this.lease.close();
  }

  show(): void {
    if (this.image.value) void this.lease.open(this.image.value.id);
  }

  private commit(edit: Edit): void {
    this.saver?.push(edit);
  }

  private onLease(answer: LeaseAnswer | null): void {
    const saver = this.saver;
    if (!saver || !answer) return;
    if (this.unread) void this.readHistory(this.unread);
    this.isReplaced.value = answer.file !== null && answer.file !== this.openedFile;
    if (!answer.held) {
      if (!this.isElsewhere.value) {
        this.isElsewhere.value = true;
        this.annotation.drafts.value = new Map();
        saver.block();
      }
      return;
    }
    const { kind } = this.saving.value;
    // What was saved by others although this tab held the lease is overwritten only when the user says so.
    if (kind === "conflict" && !this.isTakingOver) return;
    const wasStuck = this.isElsewhere.value || kind === "conflict" || kind === "elsewhere";
    const isBehind = wasStuck || saver.isStale || answer.revision > saver.revision;
    if (isBehind && !saver.hasUnsent) return void this.reload(null);
    this.isElsewhere.value = false;
    if (wasStuck) saver.resumeUpon(answer.revision);
    else saver.resume();
  }

  /** The items as the server has them now; where that cannot be yet, the next renewal of the lease tries again. */
  private async reload(refusal: string | null): Promise<void> {
    const { saver } = this;
    const id = this.image.value?.id;
    if (id === undefined || !saver) return;
    saver.isStale = true;
    try {
      const image = await this.wiring.api.image(id);
      if (saver !== this.saver || saver.hasUnsent) return;
      // Something was saved while this answer was under way: it is older than what is shown.
      if (image.revision < saver.revision && !this.isElsewhere.value) return;
      saver.revision = image.revision;
      saver.isStale = false;
      saver.resume();
      batch(() => {
        this.isElsewhere.value = false;
        this.annotation.load(image);
        this.image.value = image;
        this.saving.value = refusal ? { kind: "failed", message: refusal } : { kind: "saved", message: "" };
        this.wiring.onReplaced();
      });
      void this.readHistory(image);
    } catch (error) {
      console.warn("The image could not be read again.", error);
    }
  }

  /** What was done before; where that cannot be read now, the next renewal of the lease tries again. */
  private async readHistory(image: ImageDetail): Promise<void> {
    const reading = ++this.readings;
    this.unread = null;
    if (!image.revision) return;
    try {
      const { entries } = await this.wiring.api.history(image.id, image.revision + 1, UNDO_STEPS);
      if (reading === this.readings) this.annotation.addEarlier(entries);
    } catch (error) {
      console.warn("Earlier steps could not be read.", error);
      if (reading === this.readings) this.unread = image;
    }
  }

  private saverWiring(imageId: string): SaverWiring {
    const { api, client, outbox, knownLabels, say } = this.wiring;
    const isOurs = () => this.saver?.imageId === imageId;
    return {
      imageId,
      client,
      outbox,
      knownLabels,
      send: (change) => api.change(imageId, change),
      onState: (state) => {
        if (isOurs()) this.saving.value = state;
      },
      onStale: (refusal) => {
        if (refusal) say("error", `The server refused a change: ${refusal}`);
        if (isOurs()) void this.reload(refusal);
      },
      later: (seconds, call) => {
        const timer = setTimeout(call, seconds * 1000);
        return () => clearTimeout(timer);
      },
    };
  }
}
