/** What the server says of itself, every few seconds, and whether it answers. */
import { batch, signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { Status } from "../api/answers";
import { ApiError, messageOf } from "../api/failure";

const EVERY_MS = 5000;
/** While the model or the decoder's graph is being made. */
const HASTY_MS = 500;

export interface ServerWatchWiring {
  onStatus(status: Status): void;
  /** It answers again. */
  onReturn(): void;
  /** Whether something is waited for that the next status may bring. */
  isHasty(status: Status | null): boolean;
  onError(text: string): void;
}

export class ServerWatch {
  readonly status = signal<Status | null>(null);
  readonly reachable = signal(true);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Pick<Api, "status">,
    private readonly wiring: ServerWatchWiring,
  ) {}

  /** Ask now, and again every few seconds. */
  async ask(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const status = await this.api.status();
      const wasAway = !this.reachable.value;
      batch(() => {
        this.status.value = status;
        this.reachable.value = true;
      });
      this.wiring.onStatus(status);
      if (wasAway) this.wiring.onReturn();
    } catch (error) {
      const isAway = error instanceof ApiError && error.kind === "unreachable";
      this.reachable.value = !isAway;
      if (!isAway) this.wiring.onError(messageOf(error));
    }
    const isHasty = this.reachable.value && this.wiring.isHasty(this.status.value);
    this.timer = setTimeout(() => void this.ask(), isHasty ? HASTY_MS : EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
