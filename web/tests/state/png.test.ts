import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readPng } from "../../src/state/png";

const example = async (name: string) =>
  new Blob([await readFile(new URL(`../../../examples/${name}`, import.meta.url))]);

const chunk = (name: string, data: Uint8Array) => {
  const bytes = new Uint8Array(12 + data.length);
  new DataView(bytes.buffer).setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  return bytes;
};

/** A file of rows that begin with their filter's number. */
function fileOf(width: number, colourType: number, rows: number[][], depth = 8): Blob {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, rows.length);
  header.set([depth, colourType], 8);
  const packed = new Uint8Array(deflateSync(Uint8Array.from(rows.flat())));
  // The server's library cuts long data into several chunks.
  const parts = [packed.slice(0, 5), packed.slice(5)].map((part) => chunk("IDAT", part));
  return new Blob([new Uint8Array(8), chunk("IHDR", header), ...parts, chunk("IEND", new Uint8Array())]);
}

describe("readPng", () => {
  // hashlib.sha256(numpy.asarray(PIL.Image.open(path).convert("RGBA")).tobytes())
  it.each([
    ["fetal_head.png", 800, 540, "14b201bbfee93e990ae1c5f4a22258d660727fd4991797b66f7da3471e91fd99"],
    ["nerve.png", 512, 512, "57230b240404c5e1a7ba01a5b229ea0e62735137d9c017527770d75a6cf861b3"],
  ])("reads %s as Pillow does", async (name, width, height, sha256) => {
    const { rgba, ...size } = await readPng(await example(name));
    expect(size).toEqual({ width, height });
    expect(createHash("sha256").update(rgba).digest("hex")).toBe(sha256);
  });

  it("undoes every filter", async () => {
    const rows = [
      [1, 10, 5, 250],
      [2, 1, 1, 1],
      [3, 100, 100, 100],
      [4, 7, 7, 7],
      [0, 1, 2, 3],
    ];
    const { rgba } = await readPng(fileOf(3, 0, rows));
    const grey = [...rgba].filter((_, i) => i % 4 === 0);
    // By hand: left; up; half of left + up; the nearest of left, up and corner; as it is.
    expect(grey).toEqual([10, 15, 9, 11, 16, 10, 105, 160, 185, 112, 167, 192, 1, 2, 3]);
  });

  it("keeps colours apart", async () => {
    const { rgba } = await readPng(fileOf(2, 2, [[1, 1, 2, 3, 10, 20, 30]]));
    expect([...rgba]).toEqual([1, 2, 3, 255, 11, 22, 33, 255]);
  });

  it.each([
    ["a palette", fileOf(1, 3, [[0, 0]])],
    ["16 bits", fileOf(1, 0, [[0, 0, 0]], 16)],
    ["no picture", new Blob([new Uint8Array(20)])],
  ])("rejects %s", async (_, file) => {
    await expect(readPng(file)).rejects.toThrow("Expected a PNG of 8 bits");
  });
});
