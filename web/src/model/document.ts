/** The items of one image, never altered in place: an edit gives a new document. */
import type { Item } from "./items";

export type Document = ReadonlyMap<string, Item>;

/** Whole items that are put, ids that are removed. */
export interface Edit {
  put: Item[];
  remove: string[];
}

export const EMPTY_DOCUMENT: Document = new Map();

export function documentOf(items: Iterable<Item>): Document {
  return new Map(Array.from(items, (item) => [item.id, item]));
}

export function applied(document: Document, edit: Edit): Document {
  const items = new Map(document);
  for (const id of edit.remove) items.delete(id);
  for (const item of edit.put) items.set(item.id, item);
  return items;
}

/** What turns `applied(document, edit)` back into `document`. */
export function inverse(document: Document, edit: Edit): Edit {
  const put: Item[] = [];
  const remove: string[] = [];
  for (const id of new Set([...edit.put.map((item) => item.id), ...edit.remove])) {
    const before = document.get(id);
    if (before) put.push(before);
    else remove.push(id);
  }
  return { put, remove };
}

/** What turns `before` into `after`; null where nothing differs. */
export function difference(before: Document, after: Document): Edit | null {
  const put = [...after.values()].filter((item) => !sameItem(before.get(item.id), item));
  const remove = [...before.keys()].filter((id) => !after.has(id));
  return put.length || remove.length ? { put, remove } : null;
}

export function sameItem(a: Item | undefined, b: Item | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonical(a) === canonical(b));
}

/** JSON with sorted keys, as two servers or versions may write the same item in another order. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
