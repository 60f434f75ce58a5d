// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../../src/canvas/Stage";
import { ViewControls } from "../../src/canvas/view_controls";
import { fitted } from "../../src/canvas/viewport";
import { UNSTRETCHED } from "../../src/model/stretch";
import { imageDetail, objectItem } from "../fixtures/items";
import { BenchDouble } from "./bench_double";

const ROOM = { width: 400, height: 300 };

let bench: BenchDouble;
let view: ViewControls;
beforeEach(() => {
  bench = new BenchDouble(100, 80);
  bench.pixels.value = { index: 0, width: 100, height: 80, rgba: new Uint8ClampedArray(32000), isColour: false };
  view = new ViewControls();
  // There is no layout here.
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, get: () => ROOM.width });
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => ROOM.height });
});
afterEach(() => {
  cleanup();
  Reflect.deleteProperty(HTMLElement.prototype, "clientWidth");
  Reflect.deleteProperty(HTMLElement.prototype, "clientHeight");
});

async function mount(): Promise<HTMLElement> {
  await act(() => void render(<Stage workbench={bench} view={view} />));
  return screen.getByRole("application", { name: "Image" });
}

describe("Stage", () => {
  it("tells when one can click", async () => {
    bench.readiness.value = { kind: "waiting", position: 2 };
    const stage = await mount();
    expect(stage.dataset.ready).toBe("false");
    await act(() => void (bench.readiness.value = { kind: "ready" }));
    expect(stage.dataset.ready).toBe("true");
    await act(() => void (bench.frame.value = 1));
    expect(stage.dataset.ready).toBe("false");
    await act(() => void (bench.pixels.value = { ...bench.pixels.value!, index: 1 }));
    expect(stage.dataset.ready).toBe("true");
    await act(() => void (bench.pixels.value = null));
    expect(stage.dataset.ready).toBe("false");
  });

  it("gives a drag up when another frame is shown", async () => {
    const stage = await mount();
    stage.setPointerCapture = () => undefined;
    bench.tool.value = "box";
    const send = (type: string, x: number) =>
      stage.dispatchEvent(new PointerEvent(`pointer${type}`, { clientX: x, clientY: x, pointerId: 1, bubbles: true }));
    for (const isInterrupted of [true, false]) {
      send("down", 100);
      send("move", 200);
      if (isInterrupted) bench.frame.value = 1;
      bench.pixels.value = { ...bench.pixels.value!, index: bench.frame.value };
      send("up", 200);
    }
    expect(bench.said).toEqual(["box"]);
  });

  it("shows the whole picture at first, and again for another image", async () => {
    await mount();
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 100, height: 80 }, ROOM, UNSTRETCHED).scale);
    view.actualSize();
    expect(view.zoom.value).toBe(1);
    view.zoomBy(2);
    const closer = view.zoom.value;
    await act(() => void (bench.image.value = imageDetail({ sizeHw: [80, 100], objects: 3 })));
    expect(view.zoom.value).toBe(closer);
    await act(() => void (bench.image.value = imageDetail({ id: "image-2", sizeHw: [80, 300] })));
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 300, height: 80 }, ROOM, UNSTRETCHED).scale);
    view.zoomBy(3);
    view.fit();
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 300, height: 80 }, ROOM, UNSTRETCHED).scale);
  });

  it("shows the picture in its true shape, and the whole again when that is another", async () => {
    const stretch = { x: 2, y: 1 };
    bench.stretch.value = stretch;
    await mount();
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 100, height: 80 }, ROOM, stretch).scale);
    view.zoomBy(3);
    view.fit();
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 100, height: 80 }, ROOM, stretch).scale);
    view.actualSize();
    expect(view.zoom.value).toBeCloseTo(1);
    await act(() => void (bench.stretch.value = { x: 2, y: 1 }));
    expect(view.zoom.value).toBeCloseTo(1);
    await act(() => void (bench.stretch.value = UNSTRETCHED));
    expect(view.zoom.value).toBeCloseTo(fitted({ width: 100, height: 80 }, ROOM, UNSTRETCHED).scale);
  });

  it("can be reached and used by keys alone, and is described", async () => {
    const stage = await mount();
    expect(stage.tabIndex).toBe(0);
    const help = document.getElementById(stage.getAttribute("aria-describedby")!);
    expect(help?.textContent).toContain("Arrow keys");
    await act(() => {
      fireEvent.keyDown(document.body, { key: "Tab" });
      stage.focus();
      fireEvent.keyDown(stage, { key: "ArrowRight" });
      fireEvent.keyDown(stage, { key: "Enter" });
    });
    expect(bench.said).toContain("click");
    expect(screen.getByRole("status").textContent).toContain("Point inside added at 50, 40");
  });

  it("keeps its keys from the page and lets it have the others", async () => {
    const stage = await mount();
    const heard: string[] = [];
    const hear = (event: KeyboardEvent) => heard.push(event.key);
    document.body.addEventListener("keydown", hear);
    await act(() => {
      fireEvent.keyDown(document.body, { key: "Tab" });
      stage.focus();
      for (const key of ["ArrowRight", "Enter", "b", "F"]) fireEvent.keyDown(stage, { key });
    });
    document.body.removeEventListener("keydown", hear);
    expect(heard).toEqual(["Tab", "b", "F"]);
  });

  it("gives a drag up with Escape", async () => {
    const stage = await mount();
    bench.tool.value = "box";
    stage.setPointerCapture = () => undefined;
    const event = (type: string, x: number, y: number) =>
      stage.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, pointerId: 1, bubbles: true }));
    event("pointerdown", 100, 100);
    event("pointermove", 200, 200);
    fireEvent.keyDown(stage, { key: "Escape" });
    event("pointerup", 200, 200);
    expect(bench.said).toEqual([]);
  });

  it("takes the preview back when the tool changes, and not when the selection does", async () => {
    const stage = await mount();
    stage.dispatchEvent(new PointerEvent("pointermove", { clientX: 200, clientY: 150, pointerId: 1 }));
    bench.objectsHere.value = [objectItem("a")];
    bench.tool.value = "ruler";
    bench.tool.value = "point";
    bench.calls.length = 0;
    await act(() => bench.select("a"));
    expect(bench.calls).toEqual([["select", "a"]]);
    await act(() => void (bench.tool.value = "box"));
    expect(bench.calls.at(-1)).toEqual(["hoverOff"]);
  });

  it("listens no more once it is gone", async () => {
    await mount();
    await act(() => cleanup());
    const before = view.zoom.value;
    view.zoomBy(2);
    expect(view.zoom.value).toBe(before);
  });
});
