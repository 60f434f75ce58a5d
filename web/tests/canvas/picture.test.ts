import { describe, expect, it } from "vitest";
import { isIdentity, lookupTable, throughTable, windowed } from "../../src/canvas/picture";

const PLAIN = { window: 255, level: 127.5, invert: false };

describe("lookupTable", () => {
  it("changes nothing with the usual window and level", () => expect(isIdentity(lookupTable(PLAIN))).toBe(true));

  it("inverts", () => {
    const table = lookupTable({ ...PLAIN, invert: true });
    expect([...table]).toEqual(Array.from({ length: 256 }, (_, value) => 255 - value));
  });

  it.each([
    [100, 50, 0, 0],
    [100, 50, 50, 128],
    [100, 50, 100, 255],
    [100, 50, 255, 255],
    [50, 200, 174, 0],
    [50, 200, 225, 255],
  ])("with window %i and level %i shows %i as %i", (window, level, value, shown) => {
    expect(lookupTable({ window, level, invert: false })[value]).toBe(shown);
  });

  it("rises with the value", () => {
    const table = lookupTable({ window: 80, level: 90, invert: false });
    expect([...table]).toEqual([...table].sort((a, b) => a - b));
  });

  it("takes a window of nothing for a threshold", () => {
    const table = lookupTable({ window: 0, level: 100, invert: false });
    expect([table[98], table[102]]).toEqual([0, 255]);
  });
});

describe("throughTable", () => {
  const rgba = Uint8ClampedArray.from([10, 20, 30, 255, 200, 100, 0, 255]);

  it("treats each colour by itself", () => {
    const table = lookupTable({ ...PLAIN, invert: true });
    expect([...throughTable(rgba, table, true)]).toEqual([245, 235, 225, 255, 55, 155, 255, 255]);
  });

  it("looks grey pixels up once", () => {
    const grey = Uint8ClampedArray.from([10, 10, 10, 255, 200, 200, 200, 255]);
    const table = lookupTable({ window: 100, level: 60, invert: false });
    expect([...throughTable(grey, table, false)]).toEqual([...throughTable(grey, table, true)]);
  });

  it("leaves the pixels it was given", () => {
    const before = [...rgba];
    throughTable(rgba, lookupTable({ ...PLAIN, invert: true }), true);
    expect([...rgba]).toEqual(before);
  });
});

describe("windowed", () => {
  it("widens to the right and raises the level downwards", () => {
    expect(windowed(PLAIN, { x: 20, y: 40 })).toEqual({ window: 275, level: 147.5 });
  });

  it("stays within bounds", () => {
    expect(windowed(PLAIN, { x: -9999, y: -9999 })).toEqual({ window: 2, level: 0 });
    expect(windowed(PLAIN, { x: 9999, y: 9999 })).toEqual({ window: 510, level: 255 });
  });
});
