import { describe, expect, it } from "vitest";
import { replaceDecoder, server, tab, until, useTabs } from "./tabs";

useTabs();

describe("from image to image", () => {
  it("steps past what cannot be opened, says so once and marks it until it can", async () => {
    const workbench = await tab("one");
    server.gone.add("b.png");
    await workbench.next();
    expect([workbench.image.value?.name, workbench.notices.value.length]).toEqual(["c.png", 1]);
    expect([...workbench.unreadable.value]).toEqual(["b.png"]);
    await workbench.previous();
    expect([workbench.image.value?.name, workbench.notices.value.length]).toEqual(["a.png", 1]);
    expect(server.asked.filter((asked) => asked === "GET /api/images/b.png")).toHaveLength(1);
    server.gone.clear();
    await workbench.openImage("b.png");
    expect([workbench.image.value?.name, workbench.unreadable.value.size]).toEqual(["b.png", 0]);
  });

  it("does not step on from what cannot be opened once another image was asked for", async () => {
    const workbench = await tab("one");
    server.gone.add("b.png");
    let release = () => {};
    server.slow.set("GET /api/images/b.png", new Promise((done) => (release = done)));
    const stepped = workbench.next();
    await until(() => server.asked.includes("GET /api/images/b.png"));
    await workbench.openImage("a.png");
    release();
    await stepped;
    expect(workbench.image.value?.name).toBe("a.png");
  });

  it("stays where it is when no further one can be opened", async () => {
    const workbench = await tab("one");
    server.gone.add("b.png").add("c.png");
    await workbench.next();
    expect([workbench.image.value?.name, workbench.notices.value.length]).toEqual(["a.png", 2]);
    // The image that stayed is saved as before.
    workbench.addRuler([1, 1], [5, 5]);
    await until(() => server.itemsOf("a.png").length === 1);
  });

  it("begins with the first image that can be opened", async () => {
    server.gone.add("a.png").add("b.png");
    const workbench = await tab("one");
    expect(workbench.image.value?.name).toBe("c.png");
  });

  it("asks for one image only while the server is away", async () => {
    const workbench = await tab("one");
    server.isAway = true;
    server.asked.length = 0;
    await workbench.next();
    expect(server.asked.filter((asked) => asked.startsWith("GET /api/images/"))).toEqual(["GET /api/images/b.png"]);
    expect(workbench.unreadable.value.size).toBe(0);
  });

  it("keeps an image's work when two others are opened at once and the last cannot be", async () => {
    const workbench = await tab("one");
    server.gone.add("c.png");
    await Promise.all([workbench.openImage("b.png"), workbench.openImage("c.png")]);
    expect(workbench.image.value?.name).toBe("a.png");
    workbench.addRuler([1, 1], [5, 5]);
    await until(() => server.itemsOf("a.png").length === 1);
  });

  it("goes on from the image that is being opened while a key is held", async () => {
    const workbench = await tab("one");
    await Promise.all([workbench.next(), workbench.next()]);
    expect(workbench.image.value?.name).toBe("c.png");
  });

  it("stays at the frame when the image that is open is chosen again", async () => {
    const workbench = await tab("one");
    workbench.setFrame(2);
    await workbench.openImage("a.png");
    expect(workbench.frame.value).toBe(2);
    await workbench.openImage("a.png", 1);
    expect(workbench.frame.value).toBe(1);
  });

  it("does not load a former image's items into the next one", async () => {
    const workbench = await tab("one");
    server.images.get("a.png")!.revision = 3;
    server.images.get("a.png")!.document = new Map([
      ["r", { kind: "ruler", id: "r", frame: 0, from: [1, 1], to: [2, 2], visible: true }],
    ]);
    let release = () => {};
    server.slow.set("GET /api/images/a.png", new Promise((done) => (release = done)));
    // The lease's answer says that this tab is behind.
    await workbench.takeOver();
    await workbench.openImage("b.png");
    release();
    await new Promise((done) => setTimeout(done, 30));
    expect([workbench.image.value?.name, workbench.items.value.size]).toEqual(["b.png", 0]);
  });

  it("shows no picture of a frame that was left before it came", async () => {
    const workbench = await tab("one");
    let release = () => {};
    server.slow.set("GET /api/images/a.png/frames/1.png", new Promise((done) => (release = done)));
    workbench.setFrame(1);
    workbench.setFrame(2);
    await until(() => workbench.pixels.value?.index === 2);
    release();
    await new Promise((done) => setTimeout(done, 30));
    expect(workbench.pixels.value?.index).toBe(2);
  });

  it("asks nothing about an image that is removed, and opens its neighbour", async () => {
    const workbench = await tab("one");
    let release = () => {};
    server.slow.set("DELETE /api/images/a.png", new Promise((done) => (release = done)));
    server.asked.length = 0;
    const removed = workbench.deleteUpload("a.png");
    await until(() => server.asked.includes("DELETE /api/images/a.png"));
    expect(workbench.image.value).toBe(null);
    const before = server.asked.length;
    // A decoder that is ready now needs the embedding of what is shown.
    replaceDecoder();
    release();
    await removed;
    expect(workbench.image.value?.name).toBe("b.png");
    expect(server.asked.slice(before).filter((asked) => asked.includes("a.png"))).toEqual([]);
  });

  it("opens an image again that cannot be removed", async () => {
    const workbench = await tab("one");
    server.images.get("a.png")!.document = new Map([
      ["r", { kind: "ruler", id: "r", frame: 0, from: [1, 1], to: [2, 2], visible: true }],
    ]);
    await workbench.deleteUpload("a.png");
    expect([workbench.image.value?.name, workbench.notices.value.length]).toEqual(["a.png", 1]);
    expect(workbench.items.value.size).toBe(1);
  });

  it("shows no image when the last one is removed", async () => {
    const workbench = await tab("one");
    server.images.delete("b.png");
    server.images.delete("c.png");
    await workbench.deleteUpload("a.png");
    expect([workbench.image.value, workbench.pixels.value, workbench.readiness.value.kind]).toEqual([
      null,
      null,
      "idle",
    ]);
    expect(workbench.notices.value).toEqual([]);
  });

  it("stays with the image that was opened while another was removed", async () => {
    const workbench = await tab("one");
    let release = () => {};
    server.slow.set("DELETE /api/images/a.png", new Promise((done) => (release = done)));
    const removed = workbench.deleteUpload("a.png");
    await workbench.openImage("c.png");
    release();
    await removed;
    expect(workbench.image.value?.name).toBe("c.png");
  });

  it("goes to the frame of a ruler that is undone", async () => {
    const workbench = await tab("one");
    workbench.addRuler([1, 1], [5, 5]);
    workbench.setFrame(2);
    workbench.undo();
    expect(workbench.frame.value).toBe(0);
  });

  it("makes no step of what alters nothing", async () => {
    const workbench = await tab("one");
    workbench.setState("done");
    workbench.setState("done");
    workbench.undo();
    expect(workbench.canUndo.value).toBe(false);
  });
});
