/** What can be undone and redone, and how that is found again after a reload. */
import type { HistoryEntry } from "../api/answers";
import { canonical, inverse, type Document, type Edit } from "./document";

/** An edit and what takes it back. */
export interface Step {
  forward: Edit;
  back: Edit;
}

/** Immutable: each method gives a new history. */
export class History {
  constructor(
    readonly done: readonly Step[] = [],
    readonly undone: readonly Step[] = [],
  ) {}

  /** An edit of `document`; what was undone can no longer be redone. */
  after(document: Document, edit: Edit): History {
    return new History([...this.done, { forward: edit, back: inverse(document, edit) }], []);
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** The edit that takes the last step back, and the history afterwards; null where there is none. */
  undo(): { edit: Edit; history: History } | null {
    const step = this.done.at(-1);
    return step ? { edit: step.back, history: new History(this.done.slice(0, -1), [...this.undone, step]) } : null;
  }

  redo(): { edit: Edit; history: History } | null {
    const step = this.undone.at(-1);
    return step ? { edit: step.forward, history: new History([...this.done, step], this.undone.slice(0, -1)) } : null;
  }

  /**
   * The history that the server's entries (newest first) tell. An entry that takes the last step back was an undo, one
   * that does the last undone step again was a redo, so that a reload changes nothing for the user.
   */
  static fromEntries(entries: readonly HistoryEntry[]): History {
    return [...entries].reverse().reduce<History>((history, entry) => history.replayed(stepOf(entry)), new History());
  }

  private replayed(step: Step): History {
    const last = this.done.at(-1);
    if (last && sameEdit(last.back, step.forward) && sameEdit(last.forward, step.back)) {
      return this.undo()?.history ?? this;
    }
    const undone = this.undone.at(-1);
    if (undone && sameEdit(undone.forward, step.forward)) return this.redo()?.history ?? this;
    return new History([...this.done, step], []);
  }
}

function stepOf(entry: HistoryEntry): Step {
  const missingIn = (items: HistoryEntry["after"], others: HistoryEntry["after"]) =>
    items.filter((item) => !others.some((other) => other.id === item.id)).map((item) => item.id);
  return {
    forward: { put: entry.after, remove: missingIn(entry.before, entry.after) },
    back: { put: entry.before, remove: missingIn(entry.after, entry.before) },
  };
}

function sameEdit(a: Edit, b: Edit): boolean {
  const text = ({ put, remove }: Edit) =>
    canonical([[...put].sort((x, y) => (x.id < y.id ? -1 : 1)), [...remove].sort()]);
  return text(a) === text(b);
}
