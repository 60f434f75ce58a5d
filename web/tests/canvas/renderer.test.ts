// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Desk } from "../../src/canvas/desk";
import { FrameQueue } from "../../src/canvas/frame_queue";
import { lengthText, Renderer } from "../../src/canvas/renderer";
import { MaskBitmap } from "../../src/model/mask";
import { UNSTRETCHED } from "../../src/model/stretch";
import { objectItem } from "../fixtures/items";
import { BenchDouble } from "./bench_double";

/** A drawing context that writes down its calls, with the values that it had then. */
class ContextDouble {
  readonly calls: { name: string; given: unknown[]; alpha: number; smooth: boolean; colour: string }[] = [];
  globalAlpha = 1;
  imageSmoothingEnabled = true;
  strokeStyle = "";

  constructor(readonly canvas: HTMLCanvasElement) {
    const noted = ["drawImage", "putImageData", "stroke", "fill", "fillRect", "rect", "fillText", "setLineDash", "arc"];
    const silent = ["setTransform", "save", "restore", "beginPath", "clip", "moveTo", "lineTo", "strokeRect"];
    for (const name of [...noted, ...silent]) {
      Object.assign(this, { [name]: (...given: unknown[]) => noted.includes(name) && this.note(name, given) });
    }
  }

  measureText(): { width: number } {
    return { width: 40 };
  }

  of(name: string): ContextDouble["calls"] {
    return this.calls.filter((call) => call.name === name);
  }

  private note(name: string, given: unknown[]): void {
    const { globalAlpha: alpha, imageSmoothingEnabled: smooth, strokeStyle: colour } = this;
    this.calls.push({ name, given, alpha, smooth, colour });
  }
}

/** A path that knows how far it goes. */
class PathDouble {
  readonly end = { x: 0, y: 0 };

  moveTo(x: number, y: number): void {
    this.end.x = Math.max(this.end.x, x);
    this.end.y = Math.max(this.end.y, y);
  }

  lineTo(x: number, y: number): void {
    this.moveTo(x, y);
  }

  closePath(): void {}
}

const contexts = new Map<HTMLCanvasElement, ContextDouble>();
let bench: BenchDouble;
let desk: Desk;
let renderer: Renderer;
let screen: ContextDouble;

function square(from: number, to: number): MaskBitmap {
  const mask = new MaskBitmap(100, 80);
  for (let y = from; y < to; y++) for (let x = from; x < to; x++) mask.data[y * 100 + x] = 1;
  return mask;
}

function draw(): ContextDouble {
  screen.calls.length = 0;
  renderer.draw(screen as unknown as CanvasRenderingContext2D, 1, "#000000");
  return screen;
}

beforeEach(() => {
  vi.stubGlobal("Path2D", PathDouble);
  vi.stubGlobal("ImageData", class { constructor(readonly data: Uint8ClampedArray, readonly width: number) {} }); // prettier-ignore
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (this: HTMLCanvasElement) {
    if (!contexts.has(this)) contexts.set(this, new ContextDouble(this));
    return contexts.get(this) as never;
  });
  bench = new BenchDouble(100, 80);
  bench.pixels.value = { index: 0, width: 100, height: 80, rgba: new Uint8ClampedArray(32000), isColour: false };
  bench.objectsHere.value = [objectItem("a", { colour: "#ff0000" }), objectItem("b", { colour: "#00ff00" })];
  bench.masks.set("a", square(10, 30));
  bench.masks.set("b", square(20, 50));
  desk = new Desk(bench, new FrameQueue(() => undefined));
  renderer = new Renderer(desk);
  screen = new ContextDouble(document.createElement("canvas"));
});
afterEach(() => {
  contexts.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Calls on all canvases but the screen, which make the scene. */
function sceneCalls(): number {
  return [...contexts.values()].reduce((sum, context) => sum + context.calls.length, 0);
}

describe("the scene", () => {
  it("is made once, and moving the view draws one bitmap", () => {
    draw();
    const made = sceneCalls();
    desk.view.value = { ...desk.view.peek(), scale: 3, left: -20, top: 5 };
    expect(draw().of("drawImage")).toHaveLength(1);
    expect(sceneCalls()).toBe(made);
  });

  it("has the visible objects only, as opaque as is wished", () => {
    bench.objectsHere.value = [objectItem("a", { visible: false }), objectItem("b")];
    bench.opacity.value = 0.7;
    draw();
    const fills = [...contexts.values()].flatMap((context) => context.of("drawImage")).filter(({ alpha }) => alpha < 1);
    expect(fills.map(({ given, alpha }) => [given[1], given[2], alpha])).toEqual([[20, 20, 0.7]]);
  });

  it("has no object of another frame than the picture's", () => {
    bench.objectsHere.value = [objectItem("a", { frame: 1 }), objectItem("b", { frame: 1 })];
    expect(draw().of("stroke")).toEqual([]);
    bench.pixels.value = { ...bench.pixels.value!, index: 1 };
    renderer.spoilScene();
    expect(draw().of("stroke")).toHaveLength(2);
  });

  it("tints no mask again when only the picture changes", () => {
    draw();
    const canvases = contexts.size;
    bench.invert.value = true;
    renderer.spoilScene();
    draw();
    expect(contexts.size).toBe(canvases);
  });

  it("is mended under the brush in the painted area only", () => {
    desk.draft.value = { kind: "mask", objectId: "a", colour: "#ff0000", mask: square(10, 35), changed: null };
    draw();
    for (const context of contexts.values()) context.calls.length = 0;
    renderer.addPainted({ left: 28, top: 12, right: 36, bottom: 20 });
    draw();
    const clips = [...contexts.values()].flatMap((context) => context.of("rect"));
    expect(clips.map(({ given }) => given)).toEqual([[28, 12, 8, 8]]);
  });
});

describe("the screen", () => {
  it.each([
    [0.8, true],
    [1, false],
    [3.9, true],
    [4, false],
    [12, false],
  ])("at a scale of %f: picture smoothed %s", (scale, isSmooth) => {
    desk.view.value = { ...desk.view.peek(), scale, left: 0, top: 0 };
    expect(draw().of("drawImage")[0]!.smooth).toBe(isSmooth);
  });

  it("has an outline of each object, the selected one's on a dark ground", () => {
    expect(draw().of("stroke").map(({ colour }) => colour)).toEqual(["#ff0000", "#00ff00"]); // prettier-ignore
    bench.selectedId.value = "a";
    expect(draw().of("stroke")).toHaveLength(3);
  });

  it("has neither masks nor prompts while the overlay is hidden", () => {
    bench.selectedId.value = "a";
    bench.overlayVisible.value = false;
    renderer.spoilScene();
    expect(draw().of("stroke")).toEqual([]);
    expect([...contexts.values()].flatMap((context) => context.of("drawImage"))).toHaveLength(1);
  });

  it("has the preview dashed and lighter than a mask", () => {
    bench.hover.value = square(40, 60);
    const { calls } = draw();
    expect(calls.filter(({ name }) => name === "setLineDash")).toHaveLength(2);
    expect(calls.filter(({ name }) => name === "drawImage").map(({ alpha }) => alpha)).toEqual([1, 0.2]);
  });

  it("has no preview of another image", () => {
    bench.hover.value = new MaskBitmap(90, 80, new Uint8Array(7200).fill(1));
    expect(draw().of("drawImage")).toHaveLength(1);
  });

  it("shows nothing of a picture that is not the image's", () => {
    bench.image.value = { ...bench.image.value!, sizeHw: [10, 10] };
    expect(draw().of("drawImage")).toEqual([]);
  });

  it("has the selected object's points and nobody else's", () => {
    const points = [{ x: 15, y: 15, label: 1 as const }];
    const prompt = { points, boxXyxy: null, start: null, choice: 0 as const };
    bench.objectsHere.value = [objectItem("a", { prompt }), objectItem("b", { prompt })];
    expect(draw().of("arc")).toHaveLength(0);
    bench.selectedId.value = "b";
    expect(draw().of("arc")).toHaveLength(1);
  });

  it("has picture, outlines and preview in their true shape, under lines that are as thick across as down", () => {
    const transforms = vi.fn();
    Object.assign(screen, { setTransform: transforms });
    bench.hover.value = square(40, 60);
    const reached = () => {
      const ends = draw().of("stroke").map(({ given }) => (given[0] as PathDouble).end); // prettier-ignore
      return ends.map(({ x, y }) => [Math.round(x), Math.round(y)]);
    };
    expect(reached()[0]).toEqual([30, 30]);
    desk.view.value = { scale: 3, stretch: { x: 2, y: 1 }, left: 5, top: 7 };
    expect(reached()).toEqual([[60, 30], [100, 50], [120, 60], [120, 60]]); // prettier-ignore
    const [picture, preview] = draw().of("drawImage");
    expect(picture!.given.slice(1)).toEqual([0, 0, 200, 80]);
    expect(preview!.given.slice(1)).toEqual([80, 40, 40, 20]);
    for (const [across, , , down] of transforms.mock.calls as number[][]) expect(across).toBe(down);
    desk.view.value = { ...desk.view.value, stretch: UNSTRETCHED };
    expect(reached()[0]).toEqual([30, 30]);
  });

  it("smooths a stretched picture, whose pixels are no longer the screen's", () => {
    desk.view.value = { scale: 1, stretch: { x: 1, y: 2 }, left: 0, top: 0 };
    expect(draw().of("drawImage")[0]!.smooth).toBe(true);
  });

  it("has the brush's tip where the pointer is, as large as it paints", () => {
    bench.tool.value = "brush";
    bench.brushRadius.value = 7;
    desk.view.value = { ...desk.view.peek(), scale: 3, left: 0, top: 0 };
    desk.pointer.value = { x: 120, y: 90 };
    expect(draw().of("arc").at(-1)!.given.slice(0, 3)).toEqual([120, 90, 21]);
    bench.brushRadius.value = 1;
    desk.view.value = { ...desk.view.peek(), stretch: { x: 4, y: 1 } };
    expect(draw().of("arc").at(-1)!.given[2]).toBeCloseTo((3 * Math.hypot(4, 1)) / 2);
  });

  it("writes a ruler's length, the one of the ruler in hand as well", () => {
    bench.rulersHere.value = [{ kind: "ruler", id: "r", frame: 0, from: [0, 0], to: [30, 40], visible: true }];
    expect(draw().of("fillText")[0]!.given[0]).toBe("50.0 px");
    desk.draft.value = { kind: "ruler", id: "r", from: [0, 0], to: [6, 8] };
    expect(draw().of("fillText").map(({ given }) => given[0])).toEqual(["10.0 px"]); // prettier-ignore
  });
});

it("writes millimetres where there are some", () => {
  expect(lengthText({ px: 100, mm: 12.345 })).toBe("12.3 mm");
  expect(lengthText({ px: 100, mm: null })).toBe("100.0 px");
});
