import { describe, expect, it } from "vitest";
import { frameText } from "../../src/ui/frame_text";
import { figure, lengthText, measureRows, qualityText } from "../../src/ui/measure_text";
import { orderAfterMove, promptText } from "../../src/ui/object_text";
import { modelText, readinessText } from "../../src/ui/status_text";
import { withTimesSign } from "../../src/ui/times_sign";
import { objectItem } from "../fixtures/items";
import { measures, STATUS } from "./fake_workbench";

describe("measurements", () => {
  const valueOf = (isCalibrated: boolean, name: string) =>
    measureRows(measures(isCalibrated)).find((row) => row.name === name)?.value;

  it("are in mm where the image is calibrated", () => {
    expect(valueOf(true, "Area")).toBe("3\u202f086.3 mm²");
    expect(valueOf(true, "Ellipse axes")).toBe("74.5 × 50.5 mm");
    expect(measureRows(measures(true)).some(({ value }) => value.includes("px"))).toBe(false);
  });

  it("are in px where it is not", () => {
    expect(valueOf(false, "Area")).toBe("12\u202f345 px²");
    expect(valueOf(false, "Longest diameter")).toBe("150.0 px");
    expect(measureRows(measures(false)).some(({ value }) => value.includes("mm"))).toBe(false);
  });

  it("leave out what there is nothing of", () => {
    const empty = { ...measures(false), area_px: 0, components: 0, perimeter_px: null, longest_diameter_px: null };
    const names = measureRows(empty).map(({ name }) => name);
    expect(names).toContain("Area");
    expect(names).not.toContain("Perimeter");
    expect(names).not.toContain("Pieces");
  });

  it.each([
    [1234567.25, 1, "1\u202f234\u202f567.3"],
    [999, 0, "999"],
    [0, 1, "0.0"],
  ])("%d with %d decimals is %s", (value, decimals, text) => {
    expect(figure(value, decimals)).toBe(text);
  });

  it("say of a ruler that it is not calibrated", () => {
    expect(lengthText({ px: 100, mm: null })).toBe("100.0 px, not calibrated");
    expect(lengthText({ px: 100, mm: 12.34 })).toBe("12.3 mm (100.0 px)");
  });

  it("keep a predicted quality between 0 and 100", () => {
    expect(["-0.1", "0.876", "1.02"].map((score) => qualityText(Number(score)))).toEqual(["0 %", "88 %", "100 %"]);
  });
});

describe("sizes", () => {
  it.each([
    ["0.05939 x 0.05939 mm per pixel", "0.05939 × 0.05939 mm per pixel"],
    ["800 x 600 x 3", "800 × 600 × 3"],
    ["phase x frames, 0x10 and 2x", "phase x frames, 0x10 and 2x"],
  ])("%s has one sign", (text, written) => {
    expect(withTimesSign(text)).toBe(written);
  });
});

describe("states", () => {
  it("tell the place in the queue", () => {
    expect(readinessText({ kind: "waiting", position: 3, seconds: 4.6 })).toBe("Waiting: position 3, about 5 s");
    expect(readinessText({ kind: "waiting" })).toBe("The model looks at the image …");
    expect(readinessText({ kind: "failed", message: "No." })).toBe("No.");
  });

  it("tell the model, also while there is none", () => {
    expect(modelText(STATUS)).toBe("UltraSam tiny · Apache-2.0");
    expect(modelText({ ...STATUS, model: null, loading: { state: "loading", reason: null } })).toContain("Loading");
    expect(modelText({ ...STATUS, model: null, loading: { state: "failed", reason: "No file." } })).toBe("No file.");
  });

  it("count frames from 1", () => {
    expect(frameText(0, 3, null)).toBe("1 of 3");
    expect(frameText(2, 3, [0, 0.05, 0.1])).toBe("3 of 3, 0.10 s");
  });
});

describe("an object", () => {
  it("says what it was made of", () => {
    expect(promptText(objectItem("a"))).toBe("not outlined yet");
    const prompt = { points: [{ x: 1, y: 1, label: 1 as const }], boxXyxy: null, start: null, choice: 0 as const };
    expect(promptText(objectItem("a", { prompt }))).toBe("1 point");
    expect(promptText(objectItem("a", { prompt: { ...prompt, boxXyxy: [0, 0, 1, 1] } }))).toBe("box, 1 point");
  });

  it("moves by a place and not beyond the ends", () => {
    const objects = ["a", "b", "c"].map((id) => objectItem(id));
    expect(orderAfterMove(objects, "a", 1)).toEqual(["b", "a", "c"]);
    expect(orderAfterMove(objects, "a", -1)).toEqual(["a", "b", "c"]);
    expect(orderAfterMove(objects, "c", 1)).toEqual(["a", "b", "c"]);
  });
});
