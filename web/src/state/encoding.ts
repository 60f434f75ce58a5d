/** Whether one can click: the current frame's embedding is fetched, with the queue's position while it waits. */
import { signal } from "@preact/signals";
import type { Api } from "../api/client";
import { ApiError, messageOf } from "../api/failure";
import { frameKey, type FrameRef } from "../decoding/stage";
import type { Answering, Decoders } from "./decoders";
import type { Readiness } from "./kinds";
import { sleep } from "./patience";

const UNREACHABLE_SECONDS = 2;

export class Encoding {
  readonly readiness = signal<Readiness>({ kind: "idle" });
  private current: FrameRef | null = null;
  private stop = new AbortController();
  private readonly loading = new Map<string, Promise<Answering>>();

  constructor(
    private readonly api: Pick<Api, "embedding">,
    private readonly decoders: Decoders,
    private readonly pause: (seconds: number) => Promise<void> = sleep,
  ) {}

  /** The frame that is shown from now on; null: none, and nothing is waited for. */
  show(frame: FrameRef | null): void {
    const isOther = frame?.imageId !== this.current?.imageId;
    const isSame = frame !== null && this.current !== null && frameKey(frame) === frameKey(this.current);
    this.current = frame;
    if (isOther || !frame) {
      this.stop.abort();
      this.stop = new AbortController();
      this.loading.clear();
    }
    // Another decoder may need the embedding of the frame that was ready already; a click waits for it by itself.
    if (!isSame || this.readiness.value.kind !== "ready") {
      this.readiness.value = frame ? { kind: "waiting" } : { kind: "idle" };
    }
    if (frame) void this.ready(frame).catch(() => undefined);
  }

  /** Whether a frame of this image is shown. */
  shows(imageId: string): boolean {
    return this.current?.imageId === imageId;
  }

  /** Answers prompts about a frame, as soon as its embedding is where the decoder needs it. */
  ready(frame: FrameRef): Promise<Answering> {
    const key = frameKey(frame);
    let loading = this.loading.get(key);
    if (!loading) {
      loading = this.load(frame, this.stop.signal).finally(() => this.loading.delete(key));
      this.loading.set(key, loading);
    }
    return loading;
  }

  /** Settles when a frame is ready or was left; at once where it is not the one that is shown. */
  async arrival(frame: FrameRef): Promise<void> {
    if (!this.current || frameKey(this.current) !== frameKey(frame)) return;
    await this.ready(frame).catch(() => undefined);
  }

  /** Have a frame encoded when nobody waits; if it is encoded already, it is fetched. */
  async ahead(frame: FrameRef): Promise<void> {
    const { decoder } = this.decoders.current.value;
    if (!decoder.needsEmbedding || decoder.holds(frame)) return;
    const options = { wait: 0, ahead: true };
    const answer = await this.api.embedding(frame.imageId, frame.index, options).catch(() => null);
    if (answer && "values" in answer) decoder.hold(frame, answer.values);
  }

  private async load(frame: FrameRef, signal: AbortSignal): Promise<Answering> {
    for (;;) {
      const answering = this.decoders.current.value;
      if (answering.decoder.holds(frame) && answering.decoder.needsEmbedding) return this.told(frame, answering);
      try {
        const answer = await this.api.embedding(frame.imageId, frame.index, { signal });
        signal.throwIfAborted();
        if ("values" in answer) {
          // The decoder may have moved into the browser meanwhile; that one needs the embedding.
          const now = this.decoders.current.value;
          now.decoder.hold(frame, answer.values);
          return this.told(frame, now);
        }
        this.tell(frame, { kind: "waiting", ...answer });
      } catch (error) {
        if (signal.aborted) throw error;
        await this.waitAfter(error, frame);
        signal.throwIfAborted();
      }
    }
  }

  private async waitAfter(error: unknown, frame: FrameRef): Promise<void> {
    if (error instanceof ApiError && error.kind === "busy") {
      this.tell(frame, { kind: "waiting", ...error.more });
      await this.pause(Math.min(error.more.seconds ?? 1, 5));
    } else if (error instanceof ApiError && error.kind === "unreachable") {
      this.tell(frame, { kind: "waiting", message: error.detail });
      await this.pause(UNREACHABLE_SECONDS);
    } else {
      this.tell(frame, { kind: "failed", message: messageOf(error) });
      throw error;
    }
  }

  private told(frame: FrameRef, answering: Answering): Answering {
    this.tell(frame, { kind: "ready" });
    return answering;
  }

  private tell(frame: FrameRef, readiness: Readiness): void {
    if (!this.current || frameKey(this.current) !== frameKey(frame)) return;
    if (readiness.kind !== "ready" || this.readiness.value.kind !== "ready") this.readiness.value = readiness;
  }
}
