import { describe, expect, it } from "vitest";
import { isSaved, server, tab, until, useTabs } from "./tabs";

useTabs();

describe("saving", () => {
  it("shows what the server has after a refusal, if need be later", async () => {
    const workbench = await tab("one");
    server.refusesNext = true;
    server.gone.add("a.png");
    workbench.addRuler([1, 1], [5, 5]);
    await until(() => workbench.notices.value.length === 1);
    server.gone.clear();
    expect(workbench.rulersHere.value.length).toBe(1);
    await workbench.takeOver();
    await until(() => workbench.rulersHere.value.length === 0);
  });

  it("tells that the file was written anew, until it is opened again", async () => {
    const first = await tab("one");
    expect(first.isReplaced.value).toBe(false);
    server.images.get("a.png")!.file = "2-b";
    await first.takeOver();
    expect(first.isReplaced.value).toBe(true);
    await first.next();
    await first.previous();
    await until(() => first.image.value?.name === "a.png");
    expect(first.isReplaced.value).toBe(false);
  });

  it("goes on with an image whose file was renamed or moved", async () => {
    const workbench = await tab("one");
    await workbench.click(5, 6, 1);
    await until(() => isSaved(workbench));
    workbench.setFrame(1);
    server.renamed.set("a.png", "liver/scan.png");
    server.found = { added: 0, moved: 1, missing: 0, total: 3 };
    await workbench.refreshImages();
    expect([workbench.image.value?.id, workbench.image.value?.name]).toEqual(["a.png", "liver/scan.png"]);
    expect(workbench.images.value[0]?.name).toBe("liver/scan.png");
    expect([workbench.frame.value, workbench.items.value.size, workbench.canUndo.value]).toEqual([1, 1, true]);
    await workbench.click(7, 8, 1);
    await until(() => isSaved(workbench));
    expect(server.images.get("a.png")?.revision).toBe(2);
  });

  it("does not lose sight of an open image whose file is gone when the folder is read again", async () => {
    const workbench = await tab("one");
    server.gone.add("a.png");
    await workbench.refreshImages();
    expect(workbench.image.value?.name).toBe("a.png");
    await workbench.click(5, 6, 1);
    await until(() => isSaved(workbench));
    expect(server.itemsOf("a.png").length).toBe(1);
  });

  it("takes back what is said of the connection when it is there again", async () => {
    const workbench = await tab("one");
    const { server: watch } = workbench as unknown as { server: { ask(): Promise<void> } };
    server.isAway = true;
    await Promise.all([workbench.openImage("b.png"), watch.ask()]);
    expect(workbench.notices.value.map(({ text }) => text)).toEqual(["The server cannot be reached."]);
    server.isAway = false;
    await watch.ask();
    expect(workbench.notices.value).toEqual([]);
  });

  it("keeps work whose label was deleted meanwhile, without the label", async () => {
    const label = { id: "label", name: "head", colour: "#ff0000" };
    const workbench = await tab("one");
    await workbench.putLabels([label]);
    server.isAway = true;
    await workbench.click(1, 1, 1);
    workbench.relabel(workbench.selectedId.value!, "label");
    await workbench.click(2, 2, 1);
    server.isAway = false;
    [server.labels, server.labelsRevision] = [[], 9];
    (workbench as unknown as { work: { resume(): void } }).work.resume();
    await until(() => isSaved(workbench) && workbench.objectsHere.value[0]?.labelId === null);
    expect(server.itemsOf("a.png")).toMatchObject([{ labelId: null, prompt: { points: [{}, {}] } }]);
    expect(workbench.notices.value.filter(({ kind }) => kind !== "info")).toEqual([]);
  });

  it("reads what was done before as soon as the server answers again", async () => {
    const first = await tab("one");
    await first.click(1, 1, 1);
    await until(() => isSaved(first));
    let fail = (): void => undefined;
    server.slow.set("GET /api/images/a.png/history?before=2&limit=300", new Promise((_, reject) => (fail = () => reject(new TypeError("cut off"))))); // prettier-ignore
    const second = await tab("one");
    fail();
    await until(() => server.asked.some((asked) => asked.includes("/history")));
    expect(second.canUndo.value).toBe(false);
    server.slow.clear();
    const { work } = second as unknown as { work: { lease: { ask(take: boolean): Promise<void> } } };
    await work.lease.ask(false);
    await until(() => second.canUndo.value);
    second.undo();
    expect(second.objectsHere.value).toEqual([]);
  });

  it("can undo after a reload what was done before it", async () => {
    const first = await tab("one");
    await first.click(1, 1, 1);
    await first.click(2, 2, 1);
    first.undo();
    await until(() => isSaved(first));
    first.stop();
    const second = await tab("one");
    await until(() => second.canUndo.value && second.canRedo.value);
    second.redo();
    expect(second.objectsHere.value[0]?.prompt.points.length).toBe(2);
    second.undo();
    second.undo();
    expect(second.objectsHere.value).toEqual([]);
  });

  it("sends after a reload what the server could not take", async () => {
    const first = await tab("one");
    server.isAway = true;
    await first.click(1, 1, 1);
    await until(() => first.saving.value.kind === "waiting");
    first.stop();
    server.isAway = false;
    expect(server.itemsOf("a.png")).toEqual([]);
    const second = await tab("one");
    expect(second.objectsHere.value.length).toBe(1);
    await until(() => isSaved(second));
    expect(server.itemsOf("a.png").length).toBe(1);
  });

  it("sends what was left of an image that is not open", async () => {
    const first = await tab("one");
    await first.next();
    await until(() => first.readiness.value.kind === "ready");
    server.isAway = true;
    await first.click(1, 1, 1);
    await until(() => first.saving.value.kind === "waiting");
    first.stop();
    server.isAway = false;
    server.leases.clear();
    const second = await tab("two");
    expect(second.image.value?.name).toBe("a.png");
    await until(() => server.itemsOf("b.png").length === 1);
  });

  it("tells the second tab, which may take the image over", async () => {
    const first = await tab("one");
    await first.click(1, 1, 1);
    await until(() => isSaved(first));
    const second = await tab("two");
    await until(() => second.isReadOnly.value);
    expect(second.saving.value.kind).toBe("elsewhere");
    await second.click(2, 2, 1);
    expect(second.objectsHere.value.length).toBe(1);

    await second.takeOver();
    await until(() => !second.isReadOnly.value && isSaved(second));
    second.select(null);
    await second.click(2, 2, 1);
    await until(() => isSaved(second));
    expect(server.itemsOf("a.png").length).toBe(2);

    await first.click(9, 9, 1);
    await until(() => first.saving.value.kind === "elsewhere");
    expect(server.itemsOf("a.png").length).toBe(2);
    await first.takeOver();
    await until(() => isSaved(first) && first.objectsHere.value.length === 2);
    const points = server
      .itemsOf("a.png")
      .flatMap((item) => (item.kind === "object" ? [item.prompt.points.length] : []));
    expect(points.sort()).toEqual([1, 2]);
  });

  it("says so when another program altered the image, and goes on when told to", async () => {
    const workbench = await tab("one");
    server.images.get("a.png")!.revision = 7;
    await workbench.click(1, 1, 1);
    await until(() => workbench.saving.value.kind === "conflict");
    await workbench.takeOver();
    await until(() => isSaved(workbench));
    expect(server.images.get("a.png")?.revision).toBe(8);
  });

  it("takes an edit of the labels back, and does it again", async () => {
    const workbench = await tab("one");
    const names = () => workbench.labels.value.map(({ name }) => name);
    const press = async (name: string) => {
      const { action, id } = workbench.notices.value.at(-1)!;
      expect(action?.name).toBe(name);
      workbench.dismiss(id);
      action!.act();
      await until(() => workbench.notices.value.length > 0);
    };
    await workbench.putLabels([{ id: "1", name: "head", colour: "#ff0000" }]);
    await workbench.putLabels([{ id: "1", name: "skull", colour: "#00ff00" }]);
    for (let round = 0; round < 2; round++) {
      await press("Undo");
      expect(names()).toEqual(["head"]);
      await press("Redo");
      expect(names()).toEqual(["skull"]);
    }
    expect(server.labels).toMatchObject([{ id: "1", name: "skull", colour: "#00ff00" }]);
  });

  it("does not take an edit of the labels back over somebody else's", async () => {
    const workbench = await tab("one");
    const other = await tab("two");
    await workbench.putLabels([{ id: "1", name: "head", colour: "#ff0000" }]);
    await other.openImage("b.png");
    await (other as unknown as { labelling: { load(): Promise<void> } }).labelling.load();
    await other.putLabels([{ id: "1", name: "theirs", colour: "#ff0000" }]);
    workbench.notices.value.at(-1)!.action!.act();
    await until(() => workbench.notices.value.at(-1)?.kind === "error");
    expect(workbench.notices.value.at(-1)?.text).toContain("meanwhile");
    expect(workbench.labels.value.map(({ name }) => name)).toEqual(["theirs"]);
  });

  it("leaves out a label that is gone when something is undone", async () => {
    const label = { id: "label", name: "head", colour: "#ff0000" };
    const workbench = await tab("one");
    await workbench.putLabels([label]);
    await workbench.click(1, 1, 1);
    const id = workbench.selectedId.value!;
    workbench.relabel(id, "label");
    expect(workbench.colourOf(workbench.selected.value!)).toBe("#ff0000");
    workbench.relabel(id, null);
    await workbench.putLabels([]);
    workbench.undo();
    expect(workbench.selected.value?.labelId).toBeNull();
  });
});
