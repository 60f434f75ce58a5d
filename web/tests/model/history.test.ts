import { describe, expect, it } from "vitest";
import type { HistoryEntry } from "../../src/api/answers";
import { applied, difference, EMPTY_DOCUMENT, inverse, type Document, type Edit } from "../../src/model/document";
import { History } from "../../src/model/history";
import type { RulerItem } from "../../src/model/items";

function ruler(id: string, x: number): RulerItem {
  return { kind: "ruler", id, frame: 0, from: [x, 0], to: [x, 9], visible: true };
}

/** A small generator of its own, so that a failure comes again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

function randomEdit(document: Document, random: (below: number) => number): Edit {
  const put = Array.from({ length: 1 + random(2) }, () => ruler(`r${random(4)}`, random(1000)));
  const remove = [...document.keys()].filter((id) => random(4) === 0 && !put.some((item) => item.id === id));
  return { put, remove };
}

/** As the server writes them. */
function entryOf(revision: number, before: Document, edit: Edit): HistoryEntry {
  const ids = [...edit.put.map((item) => item.id), ...edit.remove];
  const old = ids.flatMap((id) => before.get(id) ?? []);
  return { revision, client: "c", at: "", before: [...new Set(old)], after: edit.put };
}

describe("undo and redo", () => {
  it.each([1, 2, 3, 4, 5])("walk back and forth through random work, seed %i", (seed) => {
    const random = randomOf(seed * 7919);
    const states: Document[] = [EMPTY_DOCUMENT];
    let [at, document, history] = [0, EMPTY_DOCUMENT, new History()];
    for (let step = 0; step < 200; step++) {
      const move = random(3);
      if (move === 0) {
        const edit = randomEdit(document, random);
        history = history.after(document, edit);
        document = applied(document, edit);
        states.splice(++at, Infinity, document);
      } else {
        const moved = move === 1 ? history.undo() : history.redo();
        expect(moved !== null).toBe(move === 1 ? at > 0 : at < states.length - 1);
        if (!moved) continue;
        at += move === 1 ? -1 : 1;
        document = applied(document, moved.edit);
        history = moved.history;
      }
      expect(difference(document, states[at]!)).toBeNull();
    }
  });

  it.each([11, 12, 13])("are the same after a reload, seed %i", (seed) => {
    const random = randomOf(seed * 104729);
    const entries: HistoryEntry[] = [];
    let [document, history] = [EMPTY_DOCUMENT as Document, new History()];
    const commit = (edit: Edit) => {
      entries.unshift(entryOf(entries.length + 1, document, edit));
      document = applied(document, edit);
    };
    for (let step = 0; step < 60; step++) {
      const move = random(3);
      const moved = move === 1 ? history.undo() : move === 2 ? history.redo() : null;
      if (moved) {
        commit(moved.edit);
        history = moved.history;
      } else if (move === 0) {
        // A ruler of its own each time, so that no edit looks like an undo by chance.
        const edit = { put: [ruler(`r${step % 5}`, step)], remove: [] };
        history = history.after(document, edit);
        commit(edit);
      }
    }
    const found = History.fromEntries(entries);
    expect([found.done.length, found.undone.length]).toEqual([history.done.length, history.undone.length]);
    let [a, b] = [document, document];
    for (let [x, y] = [history, found]; x.canUndo;) {
      const [one, other] = [x.undo()!, y.undo()!];
      [a, b, x, y] = [applied(a, one.edit), applied(b, other.edit), one.history, other.history];
      expect(difference(a, b)).toBeNull();
    }
  });
});

describe("an edit", () => {
  it("is taken back by its inverse", () => {
    const random = randomOf(99);
    let document: Document = EMPTY_DOCUMENT;
    for (let step = 0; step < 50; step++) {
      const edit = randomEdit(document, random);
      const after = applied(document, edit);
      expect(difference(applied(after, inverse(document, edit)), document)).toBeNull();
      const told = difference(document, after);
      expect(told ? difference(applied(document, told), after) : null).toBeNull();
      document = after;
    }
  });

  it("does not see the order of an item's fields", () => {
    const one = ruler("a", 1);
    const { kind, ...rest } = one;
    const other = { ...rest, kind };
    expect(difference(new Map([["a", one]]), new Map([["a", other]]))).toBeNull();
  });
});
