/** The open image's items: what is committed, what is being tried out, and the way back. */
import { computed, signal } from "@preact/signals";
import type { HistoryEntry, ImageDetail } from "../api/answers";
import { applied, difference, documentOf, EMPTY_DOCUMENT, sameItem, type Document, type Edit } from "../model/document";
import { History } from "../model/history";
import type { Change, ImageItem, Item, ObjectItem, RulerItem } from "../model/items";
import { FRESH_IMAGE_ITEM } from "../model/items";

/** What an undo or a redo altered. */
export interface Travelled {
  touched: Item[];
}

export class Annotation {
  readonly document = signal<Document>(EMPTY_DOCUMENT);
  /** Objects as a gesture or an unanswered prompt has them, over those of the document. */
  readonly drafts = signal<ReadonlyMap<string, ObjectItem>>(new Map());
  readonly history = signal(new History());
  readonly items = computed<ReadonlyMap<string, Item>>(() =>
    this.drafts.value.size ? new Map([...this.document.value, ...this.drafts.value]) : this.document.value,
  );
  readonly imageItem = computed<ImageItem>(() => {
    const item = this.document.value.get("image");
    const said = item?.kind === "image" ? item : FRESH_IMAGE_ITEM;
    const isWorkedOn = said.state === "new" && [...this.document.value.values()].some(({ kind }) => kind !== "image");
    return isWorkedOn ? { ...said, state: "in work" } : said;
  });
  private gestureStart: Document | null = null;

  /** @param commit takes each edit on its way to the server. */
  constructor(private readonly commit: (edit: Edit) => void) {}

  /** Begin with what the server has and what it was not yet told. */
  load(detail: Pick<ImageDetail, "items"> | null, unsent: Change[] = []): void {
    this.gestureStart = null;
    this.drafts.value = new Map();
    let document = documentOf(detail?.items ?? []);
    let history = new History();
    for (const { put, remove } of unsent) {
      history = history.after(document, { put, remove });
      document = applied(document, { put, remove });
    }
    this.document.value = document;
    this.history.value = history;
  }

  /** What was done before this page was opened; steps done meanwhile come after it. */
  addEarlier(entries: HistoryEntry[]): void {
    const earlier = History.fromEntries(entries);
    const { done, undone } = this.history.value;
    const isUntouched = !done.length && !undone.length;
    this.history.value = new History([...earlier.done, ...done], isUntouched ? earlier.undone : undone);
  }

  /** One undo step, or a part of the gesture that is going on; what alters nothing is no step. */
  edit({ put, remove }: Edit): void {
    const before = this.document.value;
    const edit = { put: put.filter((item) => !sameItem(before.get(item.id), item)), remove };
    if (!edit.put.length && !edit.remove.length) return;
    this.document.value = applied(before, edit);
    if (this.gestureStart) return;
    this.history.value = this.history.value.after(before, edit);
    this.commit(edit);
  }

  put(...items: Item[]): void {
    this.edit({ put: items, remove: [] });
  }

  beginGesture(): void {
    this.gestureStart ??= this.document.value;
  }

  endGesture(): void {
    const start = this.gestureStart;
    this.gestureStart = null;
    const edit = start && difference(start, this.document.value);
    if (!start || !edit) return;
    this.history.value = this.history.value.after(start, edit);
    this.commit(edit);
  }

  /**
   * Gives the items that were altered, as they are now, or were before they went.
   *
   * @param isKnownLabel labels may have gone since.
   */
  undo(isKnownLabel: (id: string) => boolean): Travelled | null {
    this.endGesture();
    return this.move(this.history.value.undo(), isKnownLabel);
  }

  redo(isKnownLabel: (id: string) => boolean): Travelled | null {
    this.endGesture();
    return this.move(this.history.value.redo(), isKnownLabel);
  }

  get hasDrafts(): boolean {
    return this.drafts.value.size > 0;
  }

  object(id: string | null): ObjectItem | null {
    const item = id === null ? undefined : this.items.value.get(id);
    return item?.kind === "object" ? item : null;
  }

  objects(): ObjectItem[] {
    return [...this.items.value.values()].filter((item) => item.kind === "object");
  }

  rulers(): RulerItem[] {
    return [...this.items.value.values()].filter((item) => item.kind === "ruler");
  }

  draft(item: ObjectItem): void {
    this.drafts.value = new Map(this.drafts.value).set(item.id, item);
  }

  dropDraft(id: string): void {
    if (!this.drafts.value.has(id)) return;
    const drafts = new Map(this.drafts.value);
    drafts.delete(id);
    this.drafts.value = drafts;
  }

  private move(step: { edit: Edit; history: History } | null, isKnownLabel: (id: string) => boolean): Travelled | null {
    if (!step) return null;
    const before = this.document.value;
    const put = step.edit.put.map((item) =>
      item.kind === "object" && item.labelId && !isKnownLabel(item.labelId) ? { ...item, labelId: null } : item,
    );
    const edit = { put, remove: step.edit.remove };
    this.drafts.value = new Map();
    this.document.value = applied(before, edit);
    this.history.value = step.history;
    this.commit(edit);
    return { touched: [...put, ...edit.remove.flatMap((id) => before.get(id) ?? [])] };
  }
}
