/** Sentences for the user, until dismissed or no longer true; the same sentence is not shown twice. */
import { signal } from "@preact/signals";
import type { Notice, NoticeAction } from "./kinds";

/** The page shows the newest few of them. */
const MOST = 30;

export class Notices {
  readonly notices = signal<Notice[]>([]);
  private nextId = 1;

  say(kind: Notice["kind"], text: string, action?: NoticeAction): void {
    const others = this.notices.value.filter((notice) => notice.text !== text);
    this.notices.value = [...others, { id: this.nextId++, kind, text, action }].slice(-MOST);
  }

  /** What is not true any more. */
  withdraw(text: string): void {
    this.notices.value = this.notices.value.filter((notice) => notice.text !== text);
  }

  dismissAll(): void {
    this.notices.value = [];
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.value.filter((notice) => notice.id !== id);
  }
}
