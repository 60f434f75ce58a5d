import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Measurements } from "../../src/api/answers";
import { ApiError } from "../../src/api/failure";
import { Measuring } from "../../src/state/measuring";
import { objectItem } from "../fixtures/items";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("measures", () => {
  it("are asked for once for each mask, and again after the server was busy", async () => {
    const measured = { area_px: 7 } as Measurements;
    let faults = [new ApiError(503, "busy", "Busy.")];
    const measure = vi.fn(async () => {
      const fault = faults.shift();
      await Promise.resolve();
      if (fault) throw fault;
      return { measurements: [measured] };
    });
    const measuring = new Measuring({ measure });
    const objects = [objectItem("a", { mask: { size: [2, 2], counts: "4" } })];
    measuring.show("image", 0, objects);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(measuring.measurements.value.get("a")).toBe(measured);
    measuring.show("image", 0, [...objects]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(measure).toHaveBeenCalledTimes(2);

    faults = [new ApiError(422, "input", "No.")];
    measuring.show("image", 0, [objectItem("b", { mask: { size: [2, 2], counts: "13" } })]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(measure).toHaveBeenCalledTimes(3);
    measuring.again();
    await vi.advanceTimersByTimeAsync(1000);
    expect(measuring.measurements.value.has("b")).toBe(true);
    measuring.stop();
  });

  it("are those of the spacing that holds, also if an answer for a former one comes late", async () => {
    const mask = { size: [2, 2] as [number, number], counts: "4" };
    const slow: (() => void)[] = [];
    const measure = vi.fn(async (_id: string, _frame: number, _masks: unknown[], spacingMm: unknown) => {
      if (!spacingMm) await new Promise<void>((done) => slow.push(done));
      return { measurements: [{ calibration: String(spacingMm) } as Measurements] };
    });
    const measuring = new Measuring({ measure });
    const objects = [objectItem("a", { mask })];
    const shown = () => measuring.measurements.value.get("a")?.calibration;
    measuring.show("image", 0, objects);
    await vi.advanceTimersByTimeAsync(1000);
    measuring.show("image", 0, objects, [0.5, 0.25]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown()).toBe("0.5,0.25");
    slow.forEach((done) => done());
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown()).toBe("0.5,0.25");
    // The same spacing in another array is no other one.
    measuring.show("image", 0, objects, [0.5, 0.25]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(measure).toHaveBeenCalledTimes(2);
    measuring.show("image", 0, objects, null);
    expect(shown()).toBeUndefined();
    measuring.stop();
  });
});
