import { describe, expect, it } from "vitest";
import { MaskBitmap } from "../../src/model/mask";
import { UNSTRETCHED } from "../../src/model/stretch";
import { toggled, whyNoExport } from "../../src/ui/export_choice";
import { asLabels, freshColour, whyNotDeleted, whyNotKept, withMove, withNew } from "../../src/ui/label_edits";
import { cutAround, paintMask } from "../../src/ui/mask_picture";

const label = (id: string, name: string, objects = 0, colour = "#000000") => ({ id, name, colour, objects });

describe("labels being edited", () => {
  const labels = [label("a", "Head"), label("b", "Femur", 2), label("c", "Heart")];

  it("get colours of their own", () => {
    let list = withNew([], "1");
    for (const id of ["2", "3", "4", "5", "6", "7", "8", "9", "10"]) list = withNew(list, id);
    expect(new Set(list.map(({ colour }) => colour)).size).toBe(10);
    expect(freshColour(list)).toMatch(/^#[0-9a-f]{6}$/);
  });

  it("need names that differ", () => {
    expect(whyNotKept(labels)).toBeNull();
    expect(whyNotKept([...labels, label("d", "  ")])).toContain("name");
    expect(whyNotKept([...labels, label("d", " femur ")])).toContain('"femur"');
  });

  it("that objects have cannot go", () => {
    expect(whyNotDeleted(label("a", "Head"))).toBeNull();
    expect(whyNotDeleted(label("a", "Head", 1))).toContain("1 object has");
    expect(whyNotDeleted(label("a", "Head", 2))).toContain("2 objects have");
  });

  it("move by a place, and are sent trimmed and without counts", () => {
    expect(withMove(labels, "b", -1).map(({ id }) => id)).toEqual(["b", "a", "c"]);
    expect(withMove(labels, "c", 1).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(asLabels([label("a", " Head ", 3)])).toEqual([{ id: "a", name: "Head", colour: "#000000" }]);
  });
});

describe("an export", () => {
  it("needs a format, states and images", () => {
    expect(whyNoExport([], ["done"], 3)).toContain("format");
    expect(whyNoExport(["coco"], [], 3)).toContain("state");
    expect(whyNoExport(["coco"], ["done"], 0)).toContain("No image");
    expect(whyNoExport(["coco"], ["done"], 1)).toBeNull();
  });

  it("takes entries in and out", () => {
    expect(toggled(["coco", "csv"], "csv")).toEqual(["coco"]);
    expect(toggled(["coco"], "csv")).toEqual(["coco", "csv"]);
  });
});

describe("a small picture of a mask", () => {
  const mask = new MaskBitmap(100, 80);
  for (let y = 20; y < 40; y++) mask.data.fill(1, y * 100 + 30, y * 100 + 50);

  it("is cut around the mask, in the picture's proportions", () => {
    for (const stretch of [UNSTRETCHED, { x: 2, y: 1 }, { x: 1, y: 3 }]) {
      const cut = cutAround([mask], 2, stretch);
      expect(cut).not.toBeNull();
      expect((cut!.width * stretch.x) / (cut!.height * stretch.y)).toBeCloseTo(2);
      expect(cut!.x + cut!.width / 2).toBeCloseTo(40);
      expect(cut!.y + cut!.height / 2).toBeCloseTo(30);
      expect(cut!.height).toBeGreaterThanOrEqual(20);
    }
  });

  it("shows the whole where nothing is inside", () => {
    expect(cutAround([new MaskBitmap(10, 5)], 2, UNSTRETCHED)).toEqual({ x: 0, y: 0, width: 10, height: 5 });
    expect(cutAround([], 2, UNSTRETCHED)).toBeNull();
  });

  it("is tinted inside and grey outside", () => {
    const rgba = new Uint8ClampedArray(100 * 80 * 4).fill(100);
    const out = new Uint8ClampedArray(10 * 8 * 4);
    const frame = { index: 0, width: 100, height: 80, rgba, isColour: false };
    paintMask(out, 10, 8, { x: 0, y: 0, width: 100, height: 80 }, frame, mask, "#ff0000");
    const pixel = (x: number, y: number) => Array.from(out.slice((y * 10 + x) * 4, (y * 10 + x) * 4 + 4));
    expect(pixel(0, 0)).toEqual([100, 100, 100, 255]);
    expect(pixel(4, 3)[0]).toBeGreaterThan(150);
    expect(pixel(4, 3)[1]).toBeLessThan(60);
  });
});
