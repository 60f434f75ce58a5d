// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tightBox } from "../../src/model/geometry";
import { MaskBitmap } from "../../src/model/mask";
import { objectItem } from "../fixtures/items";
import { LEFT, StageDouble, TOP } from "./stage_double";

let stage: StageDouble;
beforeEach(() => {
  stage = new StageDouble();
});
afterEach(() => stage.remove());

/** The selected object has a point inside at 20, 20 and one outside at 70, 60, and perhaps more. */
function givePrompt(changes: Parameters<typeof objectItem>[1] = {}): void {
  const points = [
    { x: 20, y: 20, label: 1 as const },
    { x: 70, y: 60, label: 0 as const },
  ];
  const prompt = {
    points,
    boxXyxy: [10, 10, 80, 70] as [number, number, number, number],
    start: null,
    choice: 0 as const,
  };
  stage.bench.objectsHere.value = [objectItem("a", { prompt, ...changes })];
  stage.bench.selectedId.value = "a";
}

describe("point", () => {
  it.each([
    ["left", { button: 0 }, 1],
    ["right", { button: 2 }, 0],
    ["Alt and left", { button: 0, altKey: true }, 0],
    ["a pen's eraser", { button: 5, pointerType: "pen" }, 0],
  ])("%s", (_, event, label) => {
    stage.click(33.25, 41.5, event);
    expect(stage.bench.last("click")).toEqual([33.25, 41.5, label]);
  });

  it.each([
    ["left of the image", -0.5, 10],
    ["on the line that ends it", 100, 10],
    ["below it", 10, 80.2],
  ])("ignores what is %s", (_, x, y) => {
    stage.click(x, y);
    stage.click(x, y, { button: 2 });
    expect(stage.bench.said).toEqual([]);
  });

  it("says in the original's pixels what was clicked, however the view lies", () => {
    stage.desk.view.value = { ...stage.desk.view.peek(), scale: 7.3, left: -211, top: -95 };
    stage.click(42.5, 17.25);
    const [x, y] = stage.bench.last("click") as number[];
    expect(Math.abs(x! - 42.5)).toBeLessThan(0.011);
    expect(Math.abs(y! - 17.25)).toBeLessThan(0.011);
  });

  it("moves a point that is there, decoding on the way once per frame", () => {
    givePrompt();
    stage.send("down", 21, 20);
    stage.send("move", 25, 20);
    stage.send("move", 31, 24);
    stage.frame();
    stage.send("move", 41, 30);
    stage.send("up", 41, 30);
    stage.frame();
    expect(stage.bench.calls.filter(([name]) => name === "movePoint")).toEqual([
      ["movePoint", "a", 0, 30, 24, false],
      ["movePoint", "a", 0, 40, 30, true],
    ]);
    expect(stage.bench.said).not.toContain("click");
  });

  it("keeps a dragged point on the image", () => {
    givePrompt();
    stage.drag([70, 60], [500, 60]);
    expect(stage.bench.last("movePoint")).toEqual(["a", 1, 99.99, 60, true]);
  });

  it("puts a point back when the drag is given up", () => {
    givePrompt();
    stage.send("down", 20, 20);
    stage.send("move", 50, 50);
    stage.frame();
    stage.gestures.mouse.cancel();
    expect(stage.bench.last("movePoint")).toEqual(["a", 0, 20, 20, false]);
  });

  it.each([
    ["Alt", { altKey: true }],
    ["right", { button: 2 }],
  ])("takes a point away with %s", (_, event) => {
    givePrompt();
    stage.click(70.5, 60, event);
    expect(stage.bench.said).toEqual(["removePoint"]);
    expect(stage.bench.last("removePoint")).toEqual(["a", 1]);
  });

  it("marks a point that is clicked", () => {
    givePrompt();
    stage.click(70, 60);
    expect(stage.desk.marked.value).toEqual({ objectId: "a", index: 1 });
    expect(stage.bench.said).toEqual([]);
  });

  it("touches no point of a locked object", () => {
    givePrompt({ locked: true });
    stage.drag([20, 20], [40, 40]);
    expect(stage.bench.said[0]).toBe("click");
    expect(stage.bench.said).not.toContain("movePoint");
  });

  it("shows what a click would add, once per frame, with the newest place", () => {
    stage.send("move", 10, 10);
    stage.send("move", 12.5, 14);
    stage.frame();
    stage.send("move", 15, 14, { altKey: true });
    stage.frame();
    expect(stage.bench.calls.filter(([name]) => name === "hoverAt")).toEqual([
      ["hoverAt", 12.5, 14, 1],
      ["hoverAt", 15, 14, 0],
    ]);
  });

  it.each([
    ["over a point", 20, 20],
    ["beside the image", 150, 20],
  ])("shows nothing %s", (_, x, y) => {
    givePrompt();
    stage.send("move", x, y);
    stage.frame();
    expect(stage.bench.said).toEqual([]);
  });

  it("shows nothing while a button is down, nor after the pointer left", () => {
    stage.send("move", 10, 10);
    stage.send("down", 10, 10, { button: 1 });
    stage.send("move", 14, 10);
    stage.frame();
    expect(stage.bench.said).toEqual([]);
    stage.send("up", 14, 10, { button: 1 });
    stage.send("leave", 14, 10);
    stage.frame();
    expect(stage.bench.said).toEqual([]);
  });
});

describe("box", () => {
  beforeEach(() => (stage.bench.tool.value = "box"));

  it("is dragged in any direction and cut to the image", () => {
    stage.drag([60, 50], [-20, 10]);
    expect(stage.bench.last("box")).toEqual([[0, 10, 60, 50]]);
  });

  it("is none after a click", () => {
    stage.click(30, 30);
    expect(stage.bench.said).toEqual([]);
    expect(stage.desk.draft.value).toBeNull();
  });

  it("is resized by a handle, decoding on the way", () => {
    givePrompt();
    stage.drag([80, 70], [90, 75]);
    expect(stage.bench.last("moveBox")).toEqual(["a", [10, 10, 90, 75], true]);
    expect(stage.bench.calls.some(([name, , , commit]) => name === "moveBox" && commit === false)).toBe(true);
    expect(stage.bench.said).not.toContain("box");
  });

  it("is moved by its border", () => {
    givePrompt();
    stage.drag([60, 10], [70, 15]);
    expect(stage.bench.last("moveBox")).toEqual(["a", [20, 15, 90, 75], true]);
  });

  it("is taken away with Alt on its border", () => {
    givePrompt();
    stage.click(10, 40, { altKey: true });
    expect(stage.bench.said).toEqual(["removeBox"]);
  });

  it("is as it was when the drag is given up", () => {
    givePrompt();
    stage.send("down", 80, 70);
    stage.send("move", 90, 75);
    stage.frame();
    stage.gestures.mouse.cancel();
    expect(stage.bench.last("moveBox")).toEqual(["a", [10, 10, 80, 70], false]);
  });
});

describe("brush", () => {
  beforeEach(() => {
    stage.bench.tool.value = "brush";
    stage.bench.brushRadius.value = 5;
  });

  it("paints a new object in one step", () => {
    stage.drag([20, 40], [60, 40]);
    expect(stage.bench.said).toEqual(["setMask"]);
    const [id, mask] = stage.bench.last("setMask") as [string | null, MaskBitmap];
    expect(id).toBeNull();
    const sum = mask.data.reduce((total, value) => total + value, 0);
    expect(Math.abs(sum - (40 * 10 + Math.PI * 25))).toBeLessThan(12);
    expect(stage.desk.draft.value).toBeNull();
  });

  it("shows the stroke while it is painted, and only then says it", () => {
    stage.send("down", 20, 40);
    stage.send("move", 60, 40);
    const draft = stage.desk.draft.value;
    expect(draft?.kind === "mask" && draft.mask.data[40 * 100 + 59]).toBe(1);
    expect(stage.bench.said).toEqual([]);
    stage.gestures.mouse.cancel();
    expect(stage.desk.draft.value).toBeNull();
    expect(stage.bench.said).toEqual([]);
  });

  it("adds to the selected object's mask and leaves that bitmap as it was", () => {
    givePrompt();
    const before = new MaskBitmap(100, 80);
    before.data[0] = 1;
    stage.bench.masks.set("a", before);
    stage.click(50, 40);
    const [id, mask] = stage.bench.last("setMask") as [string, MaskBitmap];
    expect(id).toBe("a");
    expect([mask.data[0], mask.data[40 * 100 + 50]]).toEqual([1, 1]);
    expect(before.data.reduce((total, value) => total + value, 0)).toBe(1);
  });

  it.each([
    ["the eraser", "eraser", {}],
    ["Alt", "brush", { altKey: true }],
    ["the right button", "brush", { button: 2 }],
  ] as const)("erases with %s", (_, tool, event) => {
    givePrompt();
    stage.bench.tool.value = tool;
    stage.bench.masks.set("a", new MaskBitmap(100, 80, new Uint8Array(8000).fill(1)));
    stage.click(50, 40, event);
    const [, mask] = stage.bench.last("setMask") as [string, MaskBitmap];
    expect(mask.data[40 * 100 + 50]).toBe(0);
    expect(mask.data[0]).toBe(1);
  });

  it("says that an object is locked", () => {
    givePrompt({ locked: true });
    stage.click(50, 40);
    expect(stage.bench.said).toEqual(["say"]);
  });

  it("does nothing on an image that another tab has", () => {
    stage.bench.isReadOnly.value = true;
    stage.drag([20, 40], [60, 40]);
    expect(stage.bench.said).toEqual([]);
  });

  it("has nothing to erase where there is no mask, nor to paint beside the image", () => {
    stage.click(50, 40, { altKey: true });
    stage.click(300, 300);
    expect(stage.bench.said).toEqual([]);
  });
});

describe("ruler", () => {
  beforeEach(() => (stage.bench.tool.value = "ruler"));

  it("is dragged, and cut to the image", () => {
    stage.drag([20, 20], [150, 60]);
    expect(stage.bench.last("addRuler")).toEqual([
      [20, 20],
      [100, 60],
    ]);
  });

  it("is none after a click", () => {
    stage.click(20, 20);
    expect(stage.bench.said).toEqual([]);
  });

  it("is changed at either end, or taken away", () => {
    stage.bench.rulersHere.value = [{ kind: "ruler", id: "r", frame: 0, from: [20, 20], to: [60, 20], visible: true }];
    stage.drag([20, 20], [25, 40]);
    expect(stage.bench.last("moveRuler")).toEqual(["r", [25, 40], [60, 20]]);
    stage.drag([60, 20], [70, 30]);
    expect(stage.bench.last("moveRuler")).toEqual(["r", [20, 20], [70, 30]]);
    stage.click(60, 20, { button: 2 });
    expect(stage.bench.last("remove")).toEqual(["r"]);
  });
});

describe("crop", () => {
  beforeEach(() => (stage.bench.tool.value = "crop"));

  it("is dragged, resized and taken away", () => {
    stage.drag([10, 10], [90, 70]);
    expect(stage.bench.last("setCrop")).toEqual([[10, 10, 90, 70]]);
    stage.drag([90, 40], [80, 40]);
    expect(stage.bench.last("setCrop")).toEqual([[10, 10, 80, 70]]);
    stage.click(40, 40, { button: 2 });
    expect(stage.bench.last("setCrop")).toEqual([null]);
  });
});

describe("redact", () => {
  beforeEach(() => (stage.bench.tool.value = "redact"));

  it("adds a box, moves it by its inside, resizes it and takes it away", () => {
    stage.drag([10, 10], [40, 30]);
    expect(stage.bench.last("addRedaction")).toEqual([[10, 10, 40, 30]]);
    stage.drag([25, 20], [30, 25]);
    expect(stage.bench.last("moveRedaction")).toEqual([0, [15, 15, 45, 35]]);
    stage.drag([40, 30], [50, 35]);
    expect(stage.bench.last("moveRedaction")).toEqual([0, [10, 10, 50, 35]]);
    stage.click(25, 20, { altKey: true });
    expect(stage.bench.last("removeRedaction")).toEqual([0]);
  });
});

describe("on pixels twice as wide as high", () => {
  beforeEach(() => {
    stage.remove();
    stage = new StageDouble({ x: 2, y: 1 });
  });

  it("a click says the original pixel under the pointer", () => {
    const place = { clientX: LEFT + 4 * 33.25, clientY: TOP + 2 * 41.5 };
    stage.click(0, 0, place);
    expect(stage.bench.last("click")).toEqual([33.25, 41.5, 1]);
  });

  it("all is taken hold of as far on the screen in each direction", () => {
    givePrompt();
    stage.click(20, 24);
    expect(stage.desk.marked.value).toEqual({ objectId: "a", index: 0 });
    stage.click(24, 20);
    expect(stage.bench.last("click")).toEqual([24, 20, 1]);
    stage.bench.tool.value = "ruler";
    stage.bench.rulersHere.value = [{ kind: "ruler", id: "r", frame: 0, from: [20, 20], to: [60, 20], visible: true }];
    stage.click(24, 20, { button: 2 });
    expect(stage.bench.said).not.toContain("remove");
    stage.click(20, 24, { button: 2 });
    expect(stage.bench.last("remove")).toEqual(["r"]);
    stage.bench.tool.value = "box";
    stage.drag([80, 74], [90, 79]);
    expect(stage.bench.last("moveBox")).toEqual(["a", [10, 10, 90, 75], true]);
    stage.drag([84, 40], [90, 60]);
    expect(stage.bench.said.at(-1)).toBe("box");
  });

  it("the brush paints what is round on the screen", () => {
    stage.bench.tool.value = "brush";
    stage.bench.brushRadius.value = 10;
    stage.click(50, 40);
    const [, mask] = stage.bench.last("setMask") as [string | null, MaskBitmap];
    expect(tightBox(mask)).toEqual([45, 30, 55, 50]);
  });
});
