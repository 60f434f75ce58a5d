import { beforeEach, describe, expect, it, vi } from "vitest";
import { Catalogue } from "../../src/state/catalogue";
import { FakeServer } from "./fake_server";

let server: FakeServer;
let said: string[];
let catalogue: Catalogue;

beforeEach(() => {
  server = new FakeServer(Array.from({ length: 450 }, (_, index) => `image ${index}.png`));
  said = [];
  catalogue = new Catalogue(server.api(), (_kind, text) => said.push(text));
});

const pages = () => server.asked.filter((asked) => asked.includes("/images?")).length;

describe("the list of images", () => {
  it("holds what was looked at, and asks for each page once", async () => {
    await catalogue.reload();
    expect([catalogue.total.value, catalogue.images.value.length]).toEqual([450, 450]);
    expect([catalogue.images.value[199]?.name, catalogue.images.value[430]]).toEqual(["image 199.png", undefined]);
    await Promise.all([catalogue.ensure(430), catalogue.ensure(449), catalogue.ensure(0)]);
    expect(catalogue.images.value[430]?.name).toBe("image 430.png");
    expect(pages()).toBe(2);
  });

  it("follows the search, once typing rests", async () => {
    vi.useFakeTimers();
    await catalogue.start();
    for (const text of ["image 4", "image 44", "image 440"]) catalogue.search.value = text;
    await vi.advanceTimersByTimeAsync(1000);
    expect(catalogue.images.value.map((image) => image?.name)).toEqual(["image 440.png"]);
    expect(pages()).toBe(2);
    catalogue.stop();
    vi.useRealTimers();
  });

  it("asks again for a page that the server could not give", async () => {
    await catalogue.reload();
    server.isAway = true;
    await catalogue.ensure(300);
    expect(said).toEqual(["The server cannot be reached."]);
    server.isAway = false;
    await catalogue.ensure(300);
    expect(catalogue.images.value[300]?.name).toBe("image 300.png");
  });

  it("finds an image that was not looked at yet", async () => {
    await catalogue.reload();
    expect(await catalogue.find("image 420.png")).toBe(420);
    expect(await catalogue.find("elsewhere")).toBe(-1);
    expect(pages()).toBe(3);
  });

  it.each([
    [0, "The folder was read again: 3 new, 2 missing."],
    [1, "The folder was read again: 3 new, 2 missing. 1 image was renamed or moved; its annotations went along."],
    [2, "The folder was read again: 3 new, 2 missing. 2 images were renamed or moved; their annotations went along."],
  ])("says what was found in the folder, with %i renamed", async (moved, sentence) => {
    server.found = { added: 3, moved, missing: 2, total: 450 };
    await catalogue.rescan();
    expect(said).toEqual([sentence]);
    expect(catalogue.total.value).toBe(450);
  });

  it("does not forget what changed while an answer was under way", async () => {
    await catalogue.reload();
    const reloaded = catalogue.reload();
    catalogue.patch("image 3.png", { state: "in work", objects: 1 });
    await reloaded;
    expect(catalogue.images.value[3]).toMatchObject({ state: "in work", objects: 1 });
    expect(catalogue.counts.value).toEqual({ new: 449, "in work": 1, done: 0 });
  });

  it("counts states as images change", async () => {
    await catalogue.reload();
    catalogue.patch("image 3.png", { state: "done", objects: 2 });
    catalogue.patch("unknown", { state: "done" });
    expect(catalogue.counts.value).toEqual({ new: 449, "in work": 0, done: 1 });
    expect(catalogue.images.value[3]).toMatchObject({ state: "done", objects: 2 });
  });

  it("does not send what is larger than the server takes", async () => {
    const file = { name: "cine.dcm", size: 3 * 2 ** 20 } as File;
    expect(await catalogue.upload([file], 2 * 2 ** 20)).toBeNull();
    expect(said).toEqual(["cine.dcm is larger than 2 MB, the most that this server takes."]);
    expect([server.asked, catalogue.uploads.value]).toEqual([[], []]);
  });
});
