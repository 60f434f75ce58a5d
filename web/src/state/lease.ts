/** Who may write the open image: asked for when it is opened, renewed every few seconds, given back at the end. */
import type { Api } from "../api/client";
import type { LeaseAnswer } from "../api/answers";

const RENEW_MS = 5000;

export class Lease {
  private timer: ReturnType<typeof setInterval> | undefined;
  private imageId: string | null = null;

  constructor(
    private readonly api: Pick<Api, "lease" | "release">,
    readonly client: string,
    /** Told each answer about the image that is open; null where the server gave none. */
    private readonly onAnswer: (answer: LeaseAnswer | null) => void,
  ) {}

  /** Ask for an image, and again every few seconds. */
  async open(imageId: string): Promise<void> {
    clearInterval(this.timer);
    // The same image's lease is only renewed: given back, it might be so after it was asked for again.
    if (this.imageId !== imageId) this.close();
    this.imageId = imageId;
    this.timer = setInterval(() => void this.ask(false), RENEW_MS);
    await this.ask(false);
  }

  /** Take it over from another tab. */
  take(): Promise<void> {
    return this.ask(true);
  }

  close(): void {
    clearInterval(this.timer);
    if (this.imageId !== null) this.api.release(this.imageId, this.client);
    this.imageId = null;
  }

  private async ask(take: boolean): Promise<void> {
    const id = this.imageId;
    if (id === null) return;
    const answer = await this.api.lease(id, this.client, take).catch(() => null);
    if (id === this.imageId) this.onAnswer(answer);
    // It was left meanwhile, and the server may have been told so before it was asked: nobody would hold it.
    else if (answer?.held) this.api.release(id, this.client);
  }
}
