// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fitted } from "../../src/canvas/viewport";
import { MaskBitmap } from "../../src/model/mask";
import { objectItem } from "../fixtures/items";
import { StageDouble } from "./stage_double";

let stage: StageDouble;
beforeEach(() => {
  vi.useFakeTimers();
  stage = new StageDouble();
});
afterEach(() => {
  stage.remove();
  vi.useRealTimers();
});

/** The DOM of these tests has wheel events without a place. */
function wheel(deltaY: number, more: MouseEventInit): MouseEvent {
  return Object.assign(new MouseEvent("wheel", { cancelable: true, ...more }), { deltaY, deltaMode: 0 });
}

/** Of Safari's; no other browser has them. */
function pinch(name: "start" | "change" | "end", scale: number): MouseEvent {
  const event = new MouseEvent(`gesture${name}`, { cancelable: true, clientX: 110, clientY: 100 });
  return Object.assign(event, { scale });
}

const TOUCH = { pointerType: "touch" };

describe("mouse", () => {
  it("pans with the middle button, and adds nothing", () => {
    stage.drag([50, 40], [55, 37], { button: 1 });
    // The view moves along: what was pressed at stays under the pointer, so the distances add up.
    expect(stage.desk.view.value.left).not.toBe(10);
    expect(stage.bench.said).toEqual([]);
  });

  it("pans with the space bar, which then is nobody else's", () => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
    stage.drag([50, 40], [60, 40]);
    const up = new KeyboardEvent("keyup", { key: " ", cancelable: true });
    window.dispatchEvent(up);
    expect(stage.desk.view.value.left).toBeGreaterThan(10);
    expect(stage.bench.said).toEqual([]);
    expect(up.defaultPrevented).toBe(true);
  });

  it("leaves the space bar alone when it moved nothing", () => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
    const up = new KeyboardEvent("keyup", { key: " ", cancelable: true });
    window.dispatchEvent(up);
    expect(up.defaultPrevented).toBe(false);
  });

  it("sets window and level with Shift", () => {
    stage.send("down", 50, 40, { shiftKey: true });
    stage.send("move", 60, 45, { shiftKey: true });
    stage.frame();
    expect([stage.bench.window.value, stage.bench.level.value]).toEqual([275, 132.5]);
    stage.gestures.mouse.cancel();
    expect([stage.bench.window.value, stage.bench.level.value]).toEqual([255, 127.5]);
    expect(stage.bench.said).toEqual([]);
  });

  it("selects the object under it with Ctrl", () => {
    const mask = new MaskBitmap(100, 80);
    mask.data[40 * 100 + 50] = 1;
    stage.bench.objectsHere.value = [objectItem("a"), objectItem("b")];
    stage.bench.masks.set("b", mask);
    stage.click(50.5, 40.5, { ctrlKey: true });
    stage.click(20, 20, { ctrlKey: true });
    expect(stage.bench.calls.filter(([name]) => name !== "hoverOff" && name !== "hoverAt")).toEqual([["select", "b"]]);
  });

  it("zooms at the cursor with the wheel", () => {
    const event = wheel(-100, { clientX: 110, clientY: 100 });
    stage.element.dispatchEvent(event);
    const { scale, left, top } = stage.desk.view.value;
    expect(scale).toBeCloseTo(2 * Math.exp(0.18));
    expect((110 - left) / scale).toBeCloseTo(50);
    expect((100 - top) / scale).toBeCloseTo(40);
    expect(event.defaultPrevented).toBe(true);
  });

  it("zooms at the cursor with two fingers on Safari's trackpad, each time from where it is", () => {
    for (let time = 1; time <= 2; time++) {
      const events = [pinch("start", 1), pinch("change", 1.2), pinch("change", 1.5), pinch("end", 1.5)];
      for (const event of events) stage.element.dispatchEvent(event);
      const { scale, left, top } = stage.desk.view.value;
      expect(scale).toBeCloseTo(2 * 1.5 ** time);
      expect([(110 - left) / scale, (100 - top) / scale]).toEqual([expect.closeTo(50), expect.closeTo(40)]);
      expect(events.slice(0, 3).every((event) => event.defaultPrevented)).toBe(true);
    }
  });

  it("leaves a pinch on a touch screen to the fingers", () => {
    stage.send("down", 20, 20, TOUCH);
    stage.send("down", 60, 20, { ...TOUCH, pointerId: 2 });
    for (const event of [pinch("start", 1), pinch("change", 2)]) stage.element.dispatchEvent(event);
    expect(stage.desk.view.value.scale).toBe(2);
  });

  it("changes the brush with Alt and the wheel", () => {
    stage.bench.tool.value = "brush";
    stage.element.dispatchEvent(wheel(-1e4, { altKey: true }));
    expect(stage.bench.brushRadius.value).toBeCloseTo(12 * Math.exp(240 * 0.0018));
    expect(stage.desk.view.value.scale).toBe(2);
  });

  it("opens no context menu", () => {
    const event = new MouseEvent("contextmenu", { cancelable: true });
    stage.element.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
  });

  it("ignores a second button while one is down", () => {
    stage.bench.tool.value = "box";
    stage.send("down", 10, 10);
    stage.send("down", 10, 10, { button: 2 });
    stage.send("move", 60, 50);
    stage.send("up", 60, 50);
    expect(stage.bench.said).toEqual(["box"]);
  });

  it("zooms in and back to the whole with a double click, but not where a click adds", () => {
    const twice = () =>
      stage.element.dispatchEvent(new MouseEvent("dblclick", { clientX: 100, clientY: 90, button: 0 }));
    twice();
    expect(stage.desk.view.value.scale).toBe(2);
    stage.bench.tool.value = "pan";
    twice();
    const whole = stage.desk.view.value.scale;
    twice();
    expect(stage.desk.view.value.scale).toBeCloseTo(whole * 2.5);
  });

  it("keeps the picture's shape with a double click", () => {
    stage.bench.tool.value = "pan";
    stage.desk.view.value = { ...stage.desk.view.value, stretch: { x: 2, y: 1 } };
    const event = new MouseEvent("dblclick", { clientX: 100, clientY: 90, button: 0 });
    stage.element.dispatchEvent(event);
    const size = { width: 100, height: 80 };
    expect(stage.desk.view.value).toEqual(fitted(size, stage.desk.stageSize.value, { x: 2, y: 1 }));
  });
});

describe("a gesture that is overtaken", () => {
  it("is given up by mouse and finger when another frame or image comes, but the view goes on", () => {
    for (const more of [{}, TOUCH]) {
      stage.bench.tool.value = "box";
      stage.send("down", 10, 10, more);
      stage.send("move", 40, 40, more);
      stage.gestures.cancelEdit();
      stage.send("up", 40, 40, more);
    }
    expect(stage.bench.said).toEqual([]);
    expect(stage.desk.draft.value).toBeNull();
    stage.bench.tool.value = "pan";
    stage.send("down", 10, 10);
    stage.gestures.cancelEdit();
    stage.send("move", 20, 10);
    expect(stage.desk.view.value.left).not.toBe(10);
    stage.gestures.cancel();
    expect(stage.gestures.mouse.isDragging).toBe(false);
  });

  it("begins only on the picture of the frame that it is for, and stops a cine", () => {
    const pause = vi.spyOn(stage.bench, "pause");
    stage.bench.frame.value = 1;
    stage.click(50, 40);
    stage.click(50, 40, TOUCH);
    expect(stage.bench.said).toEqual([]);
    stage.bench.pixels.value = { ...stage.bench.pixels.value!, index: 1 };
    stage.click(50, 40);
    expect(stage.bench.said).toEqual(["click"]);
    expect(pause).toHaveBeenCalledTimes(3);
  });
});

describe("touch", () => {
  it("adds with a tap, at the place where the finger came down", () => {
    stage.send("down", 30, 30, TOUCH);
    stage.send("move", 31, 30, TOUCH);
    expect(stage.bench.said).toEqual([]);
    stage.send("up", 31, 30, TOUCH);
    expect(stage.bench.last("click")).toEqual([30, 30, 1]);
  });

  it("removes with a long press, once", () => {
    stage.send("down", 30, 30, TOUCH);
    vi.advanceTimersByTime(600);
    expect(stage.bench.last("click")).toEqual([30, 30, 0]);
    stage.send("up", 30, 30, TOUCH);
    expect(stage.bench.said).toEqual(["click"]);
  });

  it("moves the view with one finger where there is nothing to drag", () => {
    stage.send("down", 30, 30, TOUCH);
    stage.send("move", 50, 30, TOUCH);
    stage.send("up", 50, 30, TOUCH);
    vi.advanceTimersByTime(600);
    expect(stage.desk.view.value.left).toBeGreaterThan(10);
    expect(stage.bench.said).toEqual([]);
  });

  it("pinches with two fingers, and adds nothing", () => {
    const second = { ...TOUCH, pointerId: 2 };
    const [at, to] = [{ clientX: 80, clientY: 100 }, { clientX: 140, clientY: 100 }]; // prettier-ignore
    stage.send("down", 0, 0, { ...TOUCH, ...at });
    stage.send("down", 0, 0, { ...second, ...to });
    stage.send("move", 0, 0, { ...TOUCH, clientX: 50, clientY: 100 });
    stage.send("move", 0, 0, { ...second, clientX: 170, clientY: 100 });
    vi.advanceTimersByTime(600);
    stage.send("up", 0, 0, { ...second, clientX: 170, clientY: 100 });
    stage.send("up", 0, 0, { ...TOUCH, clientX: 50, clientY: 100 });
    expect(stage.desk.view.value.scale).toBeCloseTo(4);
    expect(stage.bench.said).toEqual([]);
  });

  it("gives a stroke up when the second finger comes", () => {
    stage.bench.tool.value = "brush";
    stage.send("down", 30, 30, TOUCH);
    stage.send("move", 50, 30, TOUCH);
    expect(stage.desk.draft.value?.kind).toBe("mask");
    stage.send("down", 60, 60, { ...TOUCH, pointerId: 2 });
    stage.send("up", 60, 60, { ...TOUCH, pointerId: 2 });
    stage.send("up", 50, 30, TOUCH);
    expect(stage.desk.draft.value).toBeNull();
    expect(stage.bench.said).toEqual([]);
  });

  it("zooms with a double tap where a tap does nothing", () => {
    stage.bench.tool.value = "pan";
    const before = stage.desk.view.value;
    for (let tap = 0; tap < 2; tap++) stage.click(40, 40, TOUCH);
    expect(stage.desk.view.value).not.toEqual(before);
    stage.bench.tool.value = "point";
    for (let tap = 0; tap < 2; tap++) stage.click(40, 40, { ...TOUCH, clientX: 100, clientY: 100 });
    expect(stage.bench.said).toEqual(["click"]);
  });
});
