/** From prompts to masks: each is shown at once, answered in turn, and committed with its mask as one undo step. */
import { signal } from "@preact/signals";
import { ApiError, messageOf } from "../api/failure";
import { canonical } from "../model/document";
import type { Conversation } from "../decoding/conversation";
import { saysSomething } from "../decoding/prompts";
import type { FrameRef } from "../decoding/stage";
import type { ObjectItem, Prompt } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import { maskToRle } from "../model/rle";
import type { Annotation } from "./annotation";
import type { Answering } from "./decoders";
import type { Candidate, Notice } from "./kinds";
import type { Masks } from "./masks";

export interface PromptingWiring {
  annotation: Annotation;
  masks: Masks;
  /** The open image's frame as the decoder knows it; null while none is open. */
  frameRef(index: number): FrameRef | null;
  /** Resolves when prompts about a frame can be answered. */
  ready(frame: FrameRef): Promise<Answering>;
  /** A decoder failed; whether another one answers from now on. */
  replaceDecoder(error: unknown, failed: Answering): boolean;
  say(kind: Notice["kind"], text: string): void;
}

export class Prompting {
  readonly candidates = signal<Candidate[]>([]);
  /** Committed prompts that still wait for their mask. */
  readonly pending = signal(0);
  private chain: Promise<void> = Promise.resolve();
  /** Raised by whatever makes the answers under way worthless: another image, undo. */
  private epoch = 0;
  private asked = 0;
  /** Of each object: questions up to this one are void. */
  private readonly void = new Map<string, number>();
  private preview: ObjectItem | null = null;
  private isPreviewing = false;
  /** The object whose alternatives are wanted now. */
  private offered: ObjectItem | null = null;

  constructor(private readonly wiring: PromptingWiring) {}

  /** Ask about an object with a new prompt; the mask follows. */
  commit(item: ObjectItem, prompt: Prompt): Promise<void> {
    this.preview = null;
    const draft: ObjectItem = { ...item, prompt, origin: "model" };
    const { annotation } = this.wiring;
    if (!saysSomething(prompt)) {
      this.forget(item.id);
      annotation.dropDraft(item.id);
      if (annotation.document.value.has(item.id)) annotation.edit({ put: [], remove: [item.id] });
      return Promise.resolve();
    }
    this.wiring.masks.lend(draft, this.wiring.masks.of(item));
    annotation.draft(draft);
    const [epoch, number] = [this.epoch, ++this.asked];
    const counts = () => epoch === this.epoch && number > (this.void.get(draft.id) ?? 0);
    this.pending.value++;
    this.chain = this.chain.then(() => this.answer(draft, counts)).finally(() => this.pending.value--);
    return this.chain;
  }

  /** Show what a prompt would give while it is being moved; only the newest is answered. */
  try(item: ObjectItem, prompt: Prompt): void {
    const committed = this.wiring.annotation.document.value.get(item.id);
    if (committed?.kind === "object" && canonical(committed.prompt) === canonical(prompt)) {
      this.preview = null;
      this.wiring.annotation.dropDraft(item.id);
      return;
    }
    const draft: ObjectItem = { ...item, prompt };
    this.wiring.masks.lend(draft, this.wiring.masks.of(item));
    this.wiring.annotation.draft(draft);
    this.preview = draft;
    void this.runPreviews();
  }

  /** Resolves when no prompt waits any more. */
  async settled(): Promise<void> {
    await this.chain;
  }

  /** What is under way no longer counts. */
  cancel(): void {
    this.epoch++;
    this.preview = null;
    this.wiring.annotation.drafts.value = new Map();
  }

  /** An object was painted or removed: answers about it that are under way no longer count. */
  forget(id: string): void {
    if (this.preview?.id === id) this.preview = null;
    this.void.set(id, ++this.asked);
  }

  /** What is offered stays while the same object is asked about anew, as somebody may be choosing. */
  keepOffering(id: string): void {
    if (this.offered?.id === id) return;
    this.offered = null;
    this.candidates.value = [];
  }

  /** Offer the alternatives of an object; none where there are none. */
  async offer(item: ObjectItem | null): Promise<void> {
    this.offered = item;
    const epoch = this.epoch;
    const frame = item && item.origin === "model" && item.mask ? this.wiring.frameRef(item.frame) : null;
    if (!item || !frame || !saysSomething(item.prompt)) {
      this.candidates.value = [];
      return;
    }
    try {
      const found = await this.answered(frame, async (conversation) =>
        conversation.alternatives(frame, await conversation.outcome(frame, item.prompt)),
      );
      if (epoch === this.epoch && this.offered === item) this.candidates.value = found;
    } catch {
      // Without alternatives one can still work; what is wrong is told where a mask is asked for.
      if (this.offered === item) this.candidates.value = [];
    }
  }

  private async answer(draft: ObjectItem, counts: () => boolean): Promise<void> {
    const { annotation, masks } = this.wiring;
    const frame = this.wiring.frameRef(draft.frame);
    if (!frame || !counts()) return;
    try {
      const { mask, score } = await this.answered(frame, (conversation) => conversation.outcome(frame, draft.prompt));
      if (!counts()) return;
      const rle = maskToRle(mask);
      masks.know(rle, mask);
      // Its label or colour may have been altered while the answer was under way.
      const now = annotation.document.value.get(draft.id);
      const kept = now?.kind === "object" ? now : (annotation.drafts.value.get(draft.id) ?? draft);
      annotation.put({ ...kept, prompt: draft.prompt, mask: rle, score, origin: "model" });
      this.dropAnswered(draft);
    } catch (error) {
      if (!counts()) return;
      this.dropAnswered(draft);
      if (!isAbort(error)) this.wiring.say("error", messageOf(error));
    }
  }

  /** The draft goes unless it asks something newer by now. */
  private dropAnswered({ id, prompt }: ObjectItem): void {
    const { annotation } = this.wiring;
    const draft = annotation.drafts.value.get(id);
    if (draft && canonical(draft.prompt) === canonical(prompt)) annotation.dropDraft(id);
  }

  /** Ask the decoder, and the one that follows it if it fails. */
  private async answered<T>(frame: FrameRef, ask: (conversation: Conversation) => Promise<T>): Promise<T> {
    const answering = await this.wiring.ready(frame);
    try {
      return await ask(answering.conversation);
    } catch (error) {
      if (error instanceof ApiError || !this.wiring.replaceDecoder(error, answering)) throw error;
      return ask((await this.wiring.ready(frame)).conversation);
    }
  }

  private async runPreviews(): Promise<void> {
    if (this.isPreviewing) return;
    this.isPreviewing = true;
    try {
      while (this.preview) {
        const wanted = this.preview;
        const mask = await this.previewed(wanted);
        if (mask && this.preview && this.preview.id === wanted.id) {
          this.wiring.masks.lend(this.preview, mask);
          this.wiring.annotation.draft(this.preview);
        }
        if (this.preview === wanted) this.preview = null;
      }
    } finally {
      this.isPreviewing = false;
    }
  }

  private async previewed(item: ObjectItem): Promise<MaskBitmap | null> {
    const frame = this.wiring.frameRef(item.frame);
    if (!frame) return null;
    try {
      return (await this.answered(frame, (conversation) => conversation.outcome(frame, item.prompt))).mask;
    } catch {
      return null;
    }
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
