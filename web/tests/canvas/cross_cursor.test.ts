// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CrossCursor } from "../../src/canvas/cross_cursor";
import { toStage } from "../../src/canvas/viewport";
import { objectItem } from "../fixtures/items";
import { StageDouble } from "./stage_double";

let stage: StageDouble;
let cross: CrossCursor;
beforeEach(() => {
  stage = new StageDouble();
  cross = new CrossCursor(stage.desk, stage.toolbox.point);
});
afterEach(() => stage.remove());

function press(key: string, more: Partial<KeyboardEvent> = {}): boolean {
  return cross.key({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });
}

it("leaves the arrows to the page after a press of the pointer", () => {
  cross.focus(false);
  expect(press("ArrowRight")).toBe(false);
  expect(press("Enter")).toBe(false);
  expect(stage.desk.cross.value).toBeNull();
});

describe("focused by a key", () => {
  beforeEach(() => cross.focus(true));

  it("begins in the middle of what one sees, and moves", () => {
    expect(press("ArrowRight")).toBe(true);
    expect(stage.desk.cross.value).toEqual({ x: 50, y: 40 });
    press("ArrowDown");
    press("ArrowLeft", { shiftKey: true });
    expect(stage.desk.cross.value).toEqual({ x: 40, y: 41 });
    expect(stage.desk.announcement.value).toContain("40, 41");
  });

  it("stays on the image and comes into view", () => {
    for (let step = 0; step < 30; step++) press("ArrowRight", { shiftKey: true });
    for (let step = 0; step < 30; step++) press("ArrowDown", { shiftKey: true });
    expect(stage.desk.cross.value).toEqual({ x: 99, y: 79 });
    stage.desk.view.value = { ...stage.desk.view.peek(), scale: 10, left: 0, top: 0 };
    press("ArrowRight");
    const at = toStage(stage.desk.view.value, stage.desk.cross.value!);
    expect(at.x).toBeLessThanOrEqual(220);
    expect(at.y).toBeLessThanOrEqual(200);
  });

  it("goes as far on the screen in each direction", () => {
    stage.desk.view.value = { scale: 0.5, stretch: { x: 4, y: 1 }, left: 0, top: 80 };
    press("ArrowRight");
    const { x, y } = stage.desk.cross.value!;
    press("ArrowRight");
    press("ArrowDown");
    expect(stage.desk.cross.value).toEqual({ x: x + 1, y: y + 4 });
  });

  it("adds with Enter, and with Backspace a point outside", () => {
    press("ArrowRight");
    expect(press("Enter")).toBe(true);
    expect(stage.bench.last("click")).toEqual([50, 40, 1]);
    expect(stage.desk.announcement.value).toBe("Point inside added at 50, 40.");
    press("ArrowRight", { shiftKey: true });
    press("Backspace");
    expect(stage.bench.last("click")).toEqual([60, 40, 0]);
  });

  it("takes the point under the cross away with Backspace", () => {
    press("ArrowRight");
    press("Enter");
    press("Backspace");
    expect(stage.bench.last("removePoint")).toEqual(["object-1", 0]);
  });

  it("shows what Enter would add", () => {
    press("ArrowRight");
    stage.frame();
    expect(stage.bench.last("hoverAt")).toEqual([50, 40, 1]);
  });

  it.each([["Escape"], ["blur"]])("hides the cross with %s", (how) => {
    press("ArrowRight");
    if (how === "blur") cross.blur();
    else expect(press("Escape")).toBe(true);
    expect(stage.desk.cross.value).toBeNull();
    expect(press("Enter")).toBe(false);
  });

  it("leaves keys with Ctrl alone", () => expect(press("ArrowRight", { ctrlKey: true })).toBe(false));
});

describe("Delete", () => {
  beforeEach(() => {
    const points = [{ x: 20, y: 20, label: 1 as const }];
    stage.bench.objectsHere.value = [objectItem("a", { prompt: { points, boxXyxy: null, start: null, choice: 0 } })];
    stage.bench.selectedId.value = "a";
  });

  it("takes the marked point away, then is the page's", () => {
    stage.click(20, 20);
    stage.send("leave", 20, 20);
    expect(press("Delete")).toBe(true);
    expect(stage.bench.last("removePoint")).toEqual(["a", 0]);
    expect(press("Delete")).toBe(false);
  });

  it("takes the point under the mouse away", () => {
    stage.send("move", 21, 20);
    expect(press("Delete")).toBe(true);
    expect(stage.bench.last("removePoint")).toEqual(["a", 0]);
  });

  it("is the page's where there is no point", () => {
    stage.send("move", 60, 60);
    expect(press("Delete")).toBe(false);
  });
});
