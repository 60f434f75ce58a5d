/** The project's labels. */
import { signal } from "@preact/signals";
import type { Api } from "../api/client";
import type { CountedLabel, LabelList } from "../api/answers";
import { ApiError } from "../api/failure";
import type { Label } from "../model/items";

/** Takes an edit of the list back, unless the list was altered meanwhile; gives what does it again. */
export type Reversal = () => Promise<Reversal | null>;

export class Labelling {
  readonly labels = signal<CountedLabel[]>([]);
  /** The label that the next new object gets. */
  lastUsed: string | null = null;
  private revision = 0;

  constructor(private readonly api: Pick<Api, "labels" | "putLabels">) {}

  async load(): Promise<void> {
    this.take(await this.api.labels());
  }

  /** Load them if somebody altered them. */
  async follow(revision: number): Promise<void> {
    if (revision !== this.revision) await this.load();
  }

  /**
   * Replace the list as it was at a revision; gives what takes that back, or null where nothing was altered. Upon a
   * conflict the newer list is loaded and the error goes on to the caller.
   */
  async put(labels: readonly Label[], base = this.revision): Promise<Reversal | null> {
    const before = this.labels.peek();
    try {
      const plain = labels.map(({ id, name, colour }) => ({ id, name, colour }));
      this.take(await this.api.putLabels(base, plain));
      const { revision } = this;
      return revision === base ? null : () => this.put(before, revision);
    } catch (error) {
      if (error instanceof ApiError && error.kind === "conflict") await this.load().catch(() => undefined);
      throw error;
    }
  }

  /** Ids of the labels that there are on the server now. */
  async fresh(): Promise<ReadonlySet<string>> {
    await this.load();
    return new Set(this.labels.value.map((label) => label.id));
  }

  has(id: string): boolean {
    return this.labels.value.some((label) => label.id === id);
  }

  colourOf(id: string | null): string | null {
    return this.labels.value.find((label) => label.id === id)?.colour ?? null;
  }

  forNewObject(): string | null {
    return this.lastUsed !== null && this.has(this.lastUsed) ? this.lastUsed : null;
  }

  private take({ revision, labels }: LabelList): void {
    this.revision = revision;
    this.labels.value = labels;
  }
}
