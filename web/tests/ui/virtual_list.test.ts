import { describe, expect, it } from "vitest";
import { scrollToShow, tabStop, visibleRows } from "../../src/ui/virtual_list";

describe("a long list", () => {
  it("draws what is seen and a few more, whatever its length", () => {
    const { first, end } = visibleRows(60 * 5000, 600, 60, 10_000);
    expect(first).toBe(4996);
    expect(end).toBe(5014);
  });

  it.each([
    [0, 0, 0, 0],
    [0, 3, 0, 3],
    [60 * 9_990, 10_000, 9986, 10_000],
    [60 * 9_990, 5, 5, 5],
  ])("scrolled by %d of %d rows", (scroll, count, first, end) => {
    expect(visibleRows(scroll, 600, 60, count)).toEqual({ first, end });
  });

  it("holds every row that is seen", () => {
    for (let scroll = 0; scroll < 2000; scroll += 7) {
      const { first, end } = visibleRows(scroll, 333, 60, 100);
      expect(first * 60).toBeLessThanOrEqual(scroll);
      expect(end * 60).toBeGreaterThanOrEqual(Math.min(scroll + 333, 100 * 60));
    }
  });

  it("scrolls no farther than it must to show a row", () => {
    expect(scrollToShow(3, 0, 600, 60)).toBe(0);
    expect(scrollToShow(10, 0, 600, 60)).toBe(60);
    expect(scrollToShow(2, 300, 600, 60)).toBe(120);
  });

  it("brings rows around into view, as far as there is room", () => {
    expect(scrollToShow(4, 0, 600, 60, 180)).toBe(0);
    expect(scrollToShow(7, 0, 600, 60, 180)).toBe(60);
    expect(scrollToShow(4, 120, 600, 60, 180)).toBe(60);
    expect(scrollToShow(1, 120, 600, 60, 180)).toBe(0);
    // In a low list it stands in the middle.
    expect(scrollToShow(7, 0, 180, 60, 180)).toBe(360);
  });

  it.each([
    ["the open row", 7, 300, 7],
    ["the first that is seen where that one is scrolled away", 40, 310, 6],
    ["the first that is seen where none is open", -1, 0, 0],
  ])("has one stop of the Tab key: %s", (_, shown, scroll, stop) => {
    expect(tabStop(shown, scroll, 60, visibleRows(scroll, 600, 60, 100))).toBe(stop);
  });
});
