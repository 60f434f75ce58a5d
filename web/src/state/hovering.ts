/** The mask that a click would give here: one question at a time, the newest wins, committed clicks go first. */
import { signal } from "@preact/signals";
import type { FrameRef } from "../decoding/stage";
import type { Prompt } from "../model/items";
import type { MaskBitmap } from "../model/mask";
import type { Answering } from "./decoders";

/** A preview of nearly the whole picture shows nothing but a veil over it. */
const LARGEST_SHARE = 0.9;

export interface Hovered {
  frame: FrameRef;
  prompt: Prompt;
}

export class Hovering {
  readonly mask = signal<MaskBitmap | null>(null);
  private wanted: Hovered | null = null;
  private isRunning = false;
  /** Raised by `off`: answers under way no longer count. */
  private round = 0;

  constructor(
    /** Answers without waiting; null while the frame is not ready, or a click waits for its answer. */
    private readonly answering: (frame: FrameRef) => Answering | null,
    /** Settles when the frame's embedding, if it is on its way, is where the decoder needs it. */
    private readonly arrival: (frame: FrameRef) => Promise<void>,
  ) {}

  at(hovered: Hovered): void {
    this.wanted = hovered;
    void this.run();
  }

  off(): void {
    this.round++;
    this.wanted = null;
    this.mask.value = null;
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    let done: Hovered | null = null;
    try {
      while (this.wanted && this.wanted !== done) {
        done = this.wanted;
        let answering = this.answering(done.frame);
        if (!answering) {
          // The mouse may rest here: nothing else would ask again.
          await this.arrival(done.frame);
          if (this.wanted !== done) continue;
          answering = this.answering(done.frame);
        }
        // One by one through the server would be a request for each movement of the mouse.
        if (!answering?.decoder.needsEmbedding) break;
        const round = this.round;
        const { mask } = await answering.conversation.outcome(done.frame, done.prompt);
        if (round === this.round) this.mask.value = mask.share > LARGEST_SHARE ? null : mask;
      }
    } catch (error) {
      console.warn("The preview failed.", error);
    } finally {
      this.isRunning = false;
    }
  }
}
