// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RulerItem } from "../../src/model/items";
import { CalibrationSection } from "../../src/ui/CalibrationSection";
import { MeasurePanel, RulersPanel } from "../../src/ui/MeasurePanel";
import { imageDetail, objectItem } from "../fixtures/items";
import { FakeWorkbench, measures } from "./fake_workbench";

let fake: FakeWorkbench;
beforeEach(() => {
  fake = new FakeWorkbench();
  fake.image.value = imageDetail({ calibration: "not calibrated" });
});
afterEach(cleanup);

const show = () => render(<CalibrationSection workbench={fake.asWorkbench} imageId="image-1" />);
const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "mm per pixel" });
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });
const type = (input: HTMLElement, value: string) => fireEvent.input(input, { target: { value } });
const enter = (input: HTMLElement) => fireEvent.submit(input.closest("form")!);

function ruler(id: string, length: number): RulerItem {
  return { kind: "ruler", id, frame: 0, from: [0, 0], to: [length, 0], visible: true };
}

describe("the calibration", () => {
  it("is given by a number, told, and cleared", () => {
    show();
    expect(screen.getByText("not calibrated")).toBeTruthy();
    expect([button("Set").disabled, button("Clear").disabled]).toEqual([true, true]);
    type(field(), "0.2359");
    expect(button("Set").disabled).toBe(false);
    enter(field());
    expect(fake.setSpacing).toHaveBeenLastCalledWith([0.2359, 0.2359]);
    expect(screen.getByText("0.2359 × 0.2359 mm per pixel (given by the user)")).toBeTruthy();
    fireEvent.click(button("Clear"));
    expect(fake.setSpacing).toHaveBeenLastCalledWith(null);
    expect(field().value).toBe("");
  });

  it("says what is wrong, until it is right", () => {
    show();
    type(field(), "0,2");
    enter(field());
    expect(screen.getByRole("alert").textContent).toMatch(/Write decimals with a point/);
    expect(fake.setSpacing).not.toHaveBeenCalled();
    type(field(), "0.2");
    enter(field());
    expect(screen.getByRole("alert").textContent).toBe("");
  });

  it("follows what undo brings back", async () => {
    show();
    fake.imageItem.value = { ...fake.imageItem.value, spacingMm: [0.2, 0.25] };
    await waitFor(() => expect(field().value).toBe("0.2, 0.25"));
  });

  it("is given by the last ruler, or by one that is chosen", () => {
    fake.rulersHere.value = [ruler("a", 50), ruler("b", 100)];
    show();
    const length = screen.getByRole("textbox", { name: "Length of the ruler in mm" });
    type(length, "20");
    enter(length);
    expect(fake.setSpacing).toHaveBeenLastCalledWith([0.2, 0.2]);
    fireEvent.change(screen.getByRole("combobox", { name: "Ruler to calibrate by" }), { target: { value: "a" } });
    enter(length);
    expect(fake.setSpacing).toHaveBeenLastCalledWith([0.4, 0.4]);
    type(length, "long");
    enter(length);
    expect(screen.getByRole("alert").textContent).toMatch(/length in mm/);
  });

  it("cannot be altered where another tab has the image", () => {
    fake.isReadOnly.value = true;
    fake.imageItem.value = { ...fake.imageItem.value, spacingMm: [1, 1] };
    fake.rulersHere.value = [ruler("a", 50)];
    show();
    for (const name of ["Set", "Clear", "Calibrate"]) expect(button(name).disabled).toBe(true);
    for (const input of screen.getAllByRole<HTMLInputElement>("textbox")) expect(input.disabled).toBe(true);
  });

  it("is told to be doubtful wherever there are millimetres", () => {
    const doubt = "a region reaches beyond the image";
    fake.image.value = imageDetail({ calibration: "0.1 x 0.1 mm per pixel", details: { calibration: doubt } });
    fake.objectsHere.value = [objectItem("a", { mask: { size: [1, 1], counts: "0" } })];
    fake.selectedId.value = "a";
    fake.measurements.value = new Map([["a", measures(true)]]);
    fake.rulersHere.value = [ruler("a", 50)];
    fake.lengthOf.mockReturnValue({ px: 50, mm: 5 });
    const workbench = fake.asWorkbench;
    render(
      <>
        <MeasurePanel workbench={workbench} />
        <RulersPanel workbench={workbench} />
        <CalibrationSection workbench={workbench} imageId="image-1" />
      </>,
    );
    for (const name of ["Measurements", "Distances", "Calibration"]) {
      expect(within(screen.getByRole("region", { name })).getByText("Doubtful:")).toBeTruthy();
    }
    cleanup();
    fake.measurements.value = new Map([["a", measures(false)]]);
    fake.lengthOf.mockReturnValue({ px: 50, mm: null });
    render(<MeasurePanel workbench={workbench} />);
    render(<RulersPanel workbench={workbench} />);
    expect(screen.queryByText("Doubtful:")).toBeNull();
  });
});
