/** Changes of one image on their way: into the outbox first, then to the server one after the other. */
import { ApiError, messageOf } from "../api/failure";
import type { Edit } from "./document";
import { newId } from "./ids";
import type { Change, Item } from "./items";
import type { Outbox } from "./outbox";

export interface Saving {
  kind: "saved" | "saving" | "waiting" | "elsewhere" | "conflict" | "failed";
  message: string;
}

export interface SaverWiring {
  imageId: string;
  /** This tab. */
  client: string;
  outbox: Outbox;
  send(change: Change): Promise<{ revision: number }>;
  /** Ids of the labels that there are on the server now. */
  knownLabels(): Promise<ReadonlySet<string>>;
  /** Told whenever the state changes. */
  onState(state: Saving): void;
  /** The server has other items than this page thinks, or refused a change for good (then with its reason). */
  onStale(refusal: string | null): void;
  /** Call back after so many seconds; gives what cancels it. */
  later(seconds: number, call: () => void): () => void;
}

const SECONDS_BETWEEN_TRIES = [1, 2, 4, 8, 15];

export class Saver {
  private queue: Change[] = [];
  private stored: Promise<void> = Promise.resolve();
  private isRunning = false;
  private isStopped = false;
  private isBlocked = false;
  private refusal: string | null = null;
  private tries = 0;
  private cancelRetry: (() => void) | null = null;

  private running: Promise<void> = Promise.resolve();
  /** The server has other items than this page shows; they are to be loaded once nothing is unsent. */
  isStale = false;

  /** @param unsent of an earlier page; they wait for {@link resume}, as the lease must be asked for first. */
  constructor(
    private readonly wiring: SaverWiring,
    /** The server's revision, as far as this page knows. */
    public revision: number,
    unsent: Change[] = [],
  ) {
    this.queue = [...unsent];
    this.isBlocked = unsent.length > 0;
  }

  get imageId(): string {
    return this.wiring.imageId;
  }

  get hasUnsent(): boolean {
    return this.queue.length > 0;
  }

  push(edit: Edit): void {
    const { imageId, client, outbox } = this.wiring;
    const change: Change = { id: newId(), client, baseRevision: this.revision + this.queue.length, ...edit };
    this.queue.push(change);
    // Without the browser's storage a change is only as safe as the open page; it still goes to the server.
    this.stored = this.stored.then(() => outbox.put(imageId, change)).catch((error) => console.warn(error));
    this.start();
  }

  /** The lease is held (again). */
  resume(): void {
    this.isBlocked = false;
    this.start();
  }

  /** The server answers again: no need to wait for the next try. */
  retryNow(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.start();
  }

  /** As {@link resume}, upon what another tab saved meanwhile; the owner is told to load it in the end. */
  resumeUpon(revision: number): void {
    this.revision = revision;
    this.isStale = true;
    this.resume();
  }

  /** Resolves once nothing is being sent: all is saved, or it has to wait. */
  async rested(): Promise<void> {
    await this.running;
  }

  /** Another tab holds the image: what is unsent stays in the outbox. */
  block(): void {
    this.isBlocked = true;
    this.tell("elsewhere", "This image is open in another tab.");
  }

  stop(): void {
    this.isStopped = true;
    this.cancelRetry?.();
  }

  private start(): void {
    const mayRun = !this.isRunning && !this.isStopped && !this.isBlocked && !this.cancelRetry;
    if (mayRun) this.running = this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      while (this.queue.length && !this.isBlocked && !this.isStopped) {
        if (!(await this.sendFirst())) return;
      }
    } finally {
      this.isRunning = false;
    }
    // Blocked meanwhile, it says so until it goes on.
    if (!this.queue.length && !this.isStopped && !this.isBlocked) this.finish();
  }

  private finish(): void {
    if (this.refusal) this.tell("failed", this.refusal);
    else this.tell("saved", "");
    const { isStale, refusal } = this;
    [this.isStale, this.refusal] = [false, null];
    if (isStale) this.wiring.onStale(refusal);
  }

  /** Whether the next one may go now. */
  private async sendFirst(): Promise<boolean> {
    this.tell("saving", "");
    await this.stored;
    const base = this.revision;
    const change: Change = { ...this.queue[0]!, client: this.wiring.client, baseRevision: base };
    try {
      const { revision } = await this.wiring.send(change);
      // A change that had arrived before is acknowledged with the revision of that time.
      if (revision !== base + 1) this.isStale = true;
      this.revision = Math.max(base, revision);
      await this.dropFirst(change);
      return true;
    } catch (error) {
      return this.afterFailure(error, change);
    }
  }

  private async dropFirst(change: Change): Promise<void> {
    this.tries = 0;
    this.queue.shift();
    await this.wiring.outbox.remove(change.id).catch((error) => console.warn(error));
  }

  private async afterFailure(error: unknown, change: Change): Promise<boolean> {
    const failure = error instanceof ApiError ? error : new ApiError(0, "internal", messageOf(error));
    if (failure.kind === "elsewhere") {
      this.isBlocked = true;
      this.tell("elsewhere", failure.detail);
    } else if (failure.kind === "conflict" && failure.more.revision !== undefined) {
      this.isBlocked = true;
      this.tell("conflict", failure.detail);
    } else if (failure.kind === "missing" || failure.kind === "gone") {
      this.isBlocked = true;
      this.tell("failed", failure.detail);
    } else if (failure.kind === "conflict" && (await this.hasLostLabels())) {
      this.isStale = true;
      return true;
    } else if (isRefusal(failure)) {
      this.isStale = true;
      this.refusal = failure.detail;
      await this.dropFirst(change);
      return true;
    } else {
      this.retryLater(failure);
    }
    return false;
  }

  /** Labels may be deleted while a change waits: its objects then go without, rather than not at all. */
  private async hasLostLabels(): Promise<boolean> {
    const first = this.queue[0]!;
    const known = await this.wiring.knownLabels().catch(() => null);
    const isLost = (item: Item) =>
      item.kind === "object" && item.labelId !== null && known?.has(item.labelId) === false;
    if (!first.put.some(isLost)) return false;
    this.queue[0] = { ...first, put: first.put.map((item) => (isLost(item) ? { ...item, labelId: null } : item)) };
    return true;
  }

  private retryLater(failure: ApiError): void {
    const needsPerson = failure.kind === "full" || failure.kind === "unauthorised" || failure.kind === "forbidden";
    const last = SECONDS_BETWEEN_TRIES.length - 1;
    const seconds = SECONDS_BETWEEN_TRIES[needsPerson ? last : Math.min(this.tries++, last)]!;
    this.tell(needsPerson ? "failed" : "waiting", `${failure.detail} ${this.countUnsent()} kept in this browser.`);
    this.cancelRetry = this.wiring.later(seconds, () => {
      this.cancelRetry = null;
      this.start();
    });
  }

  private countUnsent(): string {
    return this.queue.length === 1 ? "One change is" : `${this.queue.length} changes are`;
  }

  private tell(kind: Saving["kind"], message: string): void {
    if (!this.isStopped) this.wiring.onState({ kind, message });
  }
}

/** What the server will say no to however often it is asked. */
function isRefusal(failure: ApiError): boolean {
  return failure.status >= 400 && failure.status < 500 && ![401, 403, 408, 425, 429].includes(failure.status);
}
