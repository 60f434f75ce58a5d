import { describe, expect, it } from "vitest";
import { Conversation } from "../../src/decoding/conversation";
import { MaskBitmap } from "../../src/model/mask";
import { rleToMask } from "../../src/model/rle";
import { FakeDecoder } from "../decoding/fake_decoder";
import { SIZE_HW } from "./fake_server";
import { decoder, gate, isSaved, server, tab, until, useTabs } from "./tabs";

useTabs();

describe("the workbench", () => {
  it("opens the first image and answers clicks, each one undo step", async () => {
    const workbench = await tab("one");
    expect(workbench.image.value?.name).toBe("a.png");
    await workbench.click(5, 6, 1);
    await workbench.click(7, 8, 0);
    const [object] = workbench.objectsHere.value;
    expect(object).toMatchObject({ score: 0.5, origin: "model", prompt: { points: [{ label: 1 }, { label: 0 }] } });
    expect(rleToMask(object!.mask!).data.indexOf(0)).toBe(30);
    await until(() => isSaved(workbench) && workbench.candidates.value.length === 3);
    expect(server.itemsOf("a.png")).toEqual([object]);

    workbench.undo();
    expect(workbench.objectsHere.value[0]?.prompt.points.length).toBe(1);
    workbench.undo();
    expect(workbench.objectsHere.value).toEqual([]);
    expect([workbench.canUndo.value, workbench.canRedo.value]).toEqual([false, true]);
    workbench.redo();
    workbench.redo();
    expect(workbench.objectsHere.value).toEqual([object]);
    await until(() => isSaved(workbench));
    expect(server.images.get("a.png")?.revision).toBe(6);
  });

  it("measures by the spacing that is given, which is undone and saved like everything", async () => {
    const workbench = await tab("one");
    await workbench.click(5, 6, 1);
    const id = workbench.objectsHere.value[0]!.id;
    const spacing = () => workbench.measurements.value.get(id)?.spacing_x_mm;
    await until(() => spacing() === null);
    const ruler = { from: [0, 0], to: [3, 4] } as { from: [number, number]; to: [number, number] };
    expect(workbench.lengthOf(ruler)).toEqual({ px: 5, mm: null });
    workbench.setSpacing([0.5, 0.25]);
    expect(workbench.lengthOf(ruler).mm).toBeCloseTo(Math.hypot(1.5, 1), 9);
    expect(workbench.calibration.value.text).toContain("given by the user");
    await until(() => spacing() === 0.5 && isSaved(workbench));
    expect(server.itemsOf("a.png")).toContainEqual(expect.objectContaining({ kind: "image", spacingMm: [0.5, 0.25] }));
    workbench.undo();
    expect(workbench.calibration.value.text).toBe("not calibrated");
    await until(() => spacing() === null && isSaved(workbench));
    workbench.redo();
    workbench.setSpacing(null);
    expect(workbench.lengthOf(ruler).mm).toBeNull();
    await until(() => isSaved(workbench));
  });

  it("keeps quick clicks in order while the decoder is slow", async () => {
    const workbench = await tab("one");
    const release = gate();
    const clicks = [1, 2, 3].map((x) => workbench.click(x, 1, 1));
    expect(workbench.objectsHere.value[0]?.prompt.points.map((point) => point.x)).toEqual([1, 2, 3]);
    expect(workbench.isDecoding.value).toBe(true);
    release();
    await Promise.all(clicks);
    await until(() => isSaved(workbench));
    expect(server.images.get("a.png")?.entries.map((entry) => entry.after.length)).toEqual([1, 1, 1]);
    expect(workbench.isDecoding.value).toBe(false);
  });

  it("takes back a click that has no mask yet, and nothing else", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const release = gate();
    const click = workbench.click(2, 2, 1);
    workbench.undo();
    release();
    await click;
    expect(workbench.objectsHere.value[0]?.prompt.points.length).toBe(1);
  });

  it("shows a point while it is dragged and commits it once", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const id = workbench.selectedId.value!;
    for (const x of [2, 3, 4]) await workbench.movePoint(id, 0, x, 1, { commit: false });
    expect(workbench.objectsHere.value[0]?.prompt.points[0]?.x).toBe(4);
    await workbench.movePoint(id, 0, 5, 1, { commit: true });
    workbench.undo();
    expect(workbench.objectsHere.value[0]?.prompt.points[0]?.x).toBe(1);
    await workbench.movePoint(id, 0, 9, 1, { commit: false });
    await workbench.movePoint(id, 0, 1, 1, { commit: false });
    expect(workbench.canRedo.value).toBe(true);
  });

  it("previews what a click would give, and stops when the mouse leaves", async () => {
    const workbench = await tab("one");
    workbench.hoverAt(3, 3, 1);
    await until(() => workbench.hover.value !== null);
    workbench.hoverOff();
    expect(workbench.hover.value).toBeNull();
    workbench.hoverAt(3, 3, 0);
    expect([workbench.hover.value, workbench.items.value.size]).toEqual([null, 0]);
    // The click at the place that was looked at costs nothing more.
    await workbench.click(3, 3, 1);
    expect(decoder.asked.length).toBe(1);
  });

  it("makes one step of a gesture", async () => {
    const workbench = await tab("one");
    const id = workbench.addRuler([1, 1], [2, 2]);
    workbench.beginGesture();
    for (const x of [3, 4, 5]) workbench.moveRuler(id, [1, 1], [x, 2]);
    workbench.endGesture();
    workbench.undo();
    expect(workbench.rulersHere.value[0]?.to).toEqual([2, 2]);
    await until(() => isSaved(workbench));
    expect(server.images.get("a.png")?.revision).toBe(3);
  });

  it("takes painted masks, and goes on from them with clicks", async () => {
    const workbench = await tab("one");
    const mask = new MaskBitmap(SIZE_HW[1], SIZE_HW[0]);
    mask.data.fill(1, 100, 160);
    const id = workbench.setMask(null, mask);
    expect(workbench.selected.value).toMatchObject({ id, origin: "brush", score: null });
    expect(workbench.maskOf(workbench.selected.value!)).toBe(mask);
    await workbench.click(4, 4, 0);
    expect(decoder.asked[0]?.start?.data).toEqual(mask.data);
    expect(workbench.selected.value?.origin).toBe("model");
  });

  it("chooses among the alternatives, until the next click", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const id = workbench.selectedId.value!;
    await workbench.choose(id, 3);
    expect(workbench.selected.value).toMatchObject({ score: 0.8, prompt: { choice: 3 } });
    await workbench.click(2, 2, 1);
    expect(workbench.selected.value?.prompt.choice).toBe(0);
  });

  it("carries a structure on to another frame", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const first = workbench.selected.value!;
    await workbench.duplicateToFrame(first.id, 1);
    await until(() => workbench.selected.value?.mask != null);
    expect(workbench.selected.value).toMatchObject({ frame: 1, track: first.track, prompt: { start: first.mask } });
    expect([workbench.frame.value, workbench.annotatedFrames.value]).toEqual([1, [0, 1]]);
  });

  it("refuses to alter what is locked", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const id = workbench.selectedId.value!;
    workbench.setLocked(id, true);
    await workbench.click(2, 2, 1);
    workbench.remove(id);
    expect(workbench.objectsHere.value[0]?.prompt.points.length).toBe(1);
    expect(workbench.notices.value.at(-1)?.text).toBe("This object is locked.");
  });

  it("drops a new object that nobody clicked", async () => {
    const workbench = await tab("one");
    workbench.newObject();
    expect(workbench.objectsHere.value.length).toBe(1);
    workbench.select(null);
    expect([workbench.objectsHere.value.length, workbench.canUndo.value]).toEqual([0, false]);
  });

  it("waits for a click's mask before the next image is opened", async () => {
    const workbench = await tab("one");
    void workbench.click(1, 1, 1);
    await workbench.next();
    expect(workbench.image.value?.name).toBe("b.png");
    expect(server.itemsOf("a.png").length).toBe(1);
    expect(workbench.images.value[0]).toMatchObject({ objects: 1, state: "in work" });
    expect(workbench.images.value[1]).toMatchObject({ objects: 0, state: "new" });
    await workbench.previous();
    expect(workbench.objectsHere.value.length).toBe(1);
  });
});

describe("while a mask is under way", () => {
  it("takes what is said about its object, and shows the mask in the end", async () => {
    const workbench = await tab("one");
    const release = gate();
    const first = workbench.click(1, 1, 1);
    const id = workbench.selectedId.value!;
    workbench.setColour(id, "#123456");
    release();
    await first;
    expect(workbench.selected.value).toMatchObject({ colour: "#123456", score: 0.5 });

    const releaseSecond = gate();
    const second = workbench.click(2, 2, 1);
    workbench.setVisible(id, false);
    releaseSecond();
    await second;
    expect(workbench.selected.value).toMatchObject({ visible: false, prompt: { points: [{}, {}] } });
    expect(workbench.items.value.get(id)).toBe(workbench.selected.value);
    expect(workbench.maskOf(workbench.selected.value!)).toBe(workbench.maskOf(workbench.objectsHere.value[0]!));
    await until(() => isSaved(workbench));
    expect(server.itemsOf("a.png")).toEqual([workbench.selected.value]);
  });

  it("gives a point up that was taken away before its mask came", async () => {
    const workbench = await tab("one");
    const release = gate();
    const click = workbench.click(1, 1, 1);
    await workbench.removePoint(workbench.selectedId.value!, 0);
    release();
    await click;
    expect(workbench.items.value.size).toBe(0);
  });

  it("undoes one step for each press, also while answers that no longer count are awaited", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    const release = gate();
    const click = workbench.click(2, 2, 1);
    workbench.undo();
    expect(workbench.objectsHere.value[0]?.prompt.points.length).toBe(1);
    workbench.undo();
    expect(workbench.objectsHere.value).toEqual([]);
    release();
    await click;
    expect(workbench.objectsHere.value).toEqual([]);
  });

  it("keeps the alternatives in sight, so that a key may choose among them", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    await until(() => workbench.candidates.value.length === 3);
    const release = gate();
    const click = workbench.click(2, 2, 1);
    expect(workbench.candidates.value.length).toBe(3);
    release();
    await click;
    workbench.select(null);
    expect(workbench.candidates.value).toEqual([]);
  });

  it("drops a preview that was asked for before the mouse left, whatever is looked at next", async () => {
    const workbench = await tab("one");
    const release = gate();
    workbench.hoverAt(3, 3, 1);
    workbench.hoverOff();
    workbench.hoverAt(9, 9, 1);
    const seen: (number | null)[] = [];
    workbench.hover.subscribe((mask) => seen.push(mask && decoder.asked.length));
    release();
    await until(() => workbench.hover.value !== null);
    expect(seen).toEqual([null, 2]);
  });
});

describe("decoding", () => {
  it("goes on at the server when the browser's decoder fails", async () => {
    const workbench = await tab("one");
    decoder.failure = new Error("out of memory");
    await workbench.click(1, 1, 1);
    expect(workbench.decoderPlace.value).toBe("server");
    expect(server.asked.some((asked) => asked.endsWith("/segment"))).toBe(true);
    // This server has no such route, so the error is told and the half-made object is gone.
    expect(workbench.notices.value.at(-1)?.kind).toBe("error");
    expect(workbench.objectsHere.value).toEqual([]);
  });

  it("offers the alternatives of the decoder that follows one which failed to", async () => {
    const workbench = await tab("one");
    await workbench.click(1, 1, 1);
    await until(() => workbench.candidates.value.length === 3);
    const follower = new FakeDecoder();
    decoder.finish = () => {
      workbench["decoders"].current.value = { decoder: follower, conversation: new Conversation(follower) };
      return Promise.reject(new Error("the graphics card is gone"));
    };
    workbench.select(null);
    workbench.select(workbench.objectsHere.value[0]!.id);
    await until(() => workbench.candidates.value.length === 3);
    expect(follower.asked.length).toBe(1);
  });
});
