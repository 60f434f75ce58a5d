// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Workbench } from "../../src/state/workbench";
import { listenToKeys } from "../../src/ui/actions";
import { actionFor, BINDINGS, focusOf, nameOf, type Press } from "../../src/ui/keyboard";
import { Shell } from "../../src/ui/shell";
import { imageDetail, objectItem } from "../fixtures/items";
import { FakeWorkbench } from "./fake_workbench";

const press = (key: string, over: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...over,
});

describe("the map of keys", () => {
  it("has each key once", () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    ["p", {}, "point"],
    ["P", { shiftKey: true }, "point"],
    ["?", { shiftKey: true }, "help"],
    ["z", { ctrlKey: true }, "undo"],
    ["z", { metaKey: true }, "undo"],
    ["Z", { ctrlKey: true, shiftKey: true }, "redo"],
    ["z", {}, null],
    ["p", { ctrlKey: true }, null],
    ["p", { altKey: true }, null],
    ["ArrowDown", {}, "nextImage"],
    [" ", {}, "playPause"],
    ["0", {}, "single"],
  ] as const)("%s %o is %s", (key, over, action) => {
    expect(actionFor(press(key, over), "other")).toBe(action);
  });

  it("leaves what is typed to the field", () => {
    for (const { keys } of BINDINGS) for (const key of keys) expect(actionFor(press(key), "text")).toBeNull();
    expect(actionFor(press("z", { ctrlKey: true }), "text")).toBeNull();
  });

  it("leaves a slider its arrows and a button its Enter, but not the rest", () => {
    expect(actionFor(press("ArrowLeft"), "slider")).toBeNull();
    expect(actionFor(press("p"), "slider")).toBe("point");
    expect(actionFor(press("Enter"), "control")).toBeNull();
    expect(actionFor(press(" "), "control")).toBeNull();
    expect(actionFor(press("ArrowLeft"), "control")).toBe("previousImage");
  });

  it("writes a press as the table does", () => {
    expect(nameOf(press("Z", { ctrlKey: true, shiftKey: true }))).toBe("Ctrl+Shift+Z");
    expect(nameOf(press(" "))).toBe("Space");
  });
});

describe("what has the focus", () => {
  it.each([
    ["input", "text", "text"],
    ["input", "search", "text"],
    ["input", "range", "slider"],
    ["input", "checkbox", "control"],
    ["input", "color", "control"],
    ["textarea", "", "text"],
    ["select", "", "text"],
    ["button", "", "control"],
    ["div", "", "other"],
  ])("%s %s is %s", (tag, type, focus) => {
    const element = document.createElement(tag);
    if (type) (element as HTMLInputElement).type = type;
    expect(focusOf(element)).toBe(focus);
  });
});

describe("the page's keys", () => {
  let stop = () => {};
  afterEach(() => stop());

  function listening(fake: FakeWorkbench, shell = new Shell()): Shell {
    stop = listenToKeys(fake as unknown as Workbench, shell);
    return shell;
  }
  const send = (key: string, type = "keydown", init: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent(type, { key, bubbles: true, cancelable: true, ...init });
    document.body.dispatchEvent(event);
    return event;
  };

  it("undo, tools and deletion", () => {
    const fake = new FakeWorkbench();
    fake.image.value = imageDetail();
    fake.objectsHere.value = [objectItem("a")];
    fake.selectedId.value = "a";
    listening(fake);
    send("z", "keydown", { ctrlKey: true });
    send("b");
    send("Delete");
    expect(fake.undo).toHaveBeenCalledOnce();
    expect(fake.tool.value).toBe("box");
    expect(fake.remove).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("a held Enter calls one image done, and none while the next is being opened", () => {
    const fake = new FakeWorkbench();
    fake.image.value = imageDetail();
    listening(fake);
    send("Enter");
    send("Enter", "keydown", { repeat: true });
    fake.isOpening.value = true;
    send("Enter");
    expect(fake.setState).toHaveBeenCalledExactlyOnceWith("done");
    expect(fake.next).toHaveBeenCalledOnce();
    send("PageDown", "keydown", { repeat: true });
    expect(fake.next).toHaveBeenCalledTimes(2);
  });

  it("Space plays once, when it is let go, and only a cine", () => {
    const fake = new FakeWorkbench();
    fake.image.value = imageDetail({ frames: 1 });
    listening(fake);
    send(" ");
    send(" ", "keyup");
    expect(fake.play).not.toHaveBeenCalled();
    fake.image.value = imageDetail({ frames: 9 });
    expect(send(" ").defaultPrevented).toBe(true);
    expect(fake.play).not.toHaveBeenCalled();
    send(" ", "keyup");
    expect(fake.play).toHaveBeenCalledOnce();
  });

  it("does nothing that the stage has done, nor while a dialog is open", () => {
    const fake = new FakeWorkbench();
    const shell = listening(fake);
    const prevent = vi.fn((event: Event) => event.preventDefault());
    document.body.addEventListener("keydown", prevent, { once: true });
    send("ArrowDown");
    expect(prevent).toHaveBeenCalled();
    shell.dialog.value = "help";
    send("ArrowDown");
    expect(fake.next).not.toHaveBeenCalled();
    shell.dialog.value = null;
    send("ArrowDown");
    expect(fake.next).toHaveBeenCalledOnce();
  });

  it("chooses among alternatives only where that may be altered", () => {
    const fake = new FakeWorkbench();
    fake.objectsHere.value = [objectItem("a", { locked: true })];
    fake.selectedId.value = "a";
    listening(fake);
    send("2");
    expect(fake.choose).not.toHaveBeenCalled();
    fake.objectsHere.value = [objectItem("a")];
    send("2");
    expect(fake.choose).toHaveBeenCalledExactlyOnceWith("a", 2);
  });

  it("C carries the selected object on, where there is a next frame", () => {
    const fake = new FakeWorkbench();
    fake.image.value = imageDetail({ frames: 2 });
    const mask = { size: [600, 800] as [number, number], counts: "0" };
    fake.objectsHere.value = [objectItem("a", { mask })];
    listening(fake);
    send("c");
    fake.selectedId.value = "a";
    send("c", "keydown", { repeat: true });
    send("c");
    fake.objectsHere.value = [objectItem("a", { mask, frame: 1 })];
    send("c");
    expect(fake.duplicateToFrame).toHaveBeenCalledExactlyOnceWith("a", 1);
  });

  it("Enter says done and goes on; an image that is only looked at is not altered", () => {
    const fake = new FakeWorkbench();
    fake.image.value = imageDetail();
    listening(fake);
    send("Enter");
    expect(fake.setState).toHaveBeenCalledExactlyOnceWith("done");
    fake.isReadOnly.value = true;
    send("Enter");
    expect(fake.setState).toHaveBeenCalledOnce();
    expect(fake.next).toHaveBeenCalledTimes(2);
  });
});
