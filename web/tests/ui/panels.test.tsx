// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Banners } from "../../src/ui/Banner";
import { CineBar } from "../../src/ui/CineBar";
import { ExportDialog } from "../../src/ui/ExportDialog";
import { HelpDialog } from "../../src/ui/HelpDialog";
import { ImageList } from "../../src/ui/ImageList";
import { ImagePanel } from "../../src/ui/ImagePanel";
import { BINDINGS } from "../../src/ui/keyboard";
import { LabelsDialog } from "../../src/ui/LabelsDialog";
import { MeasurePanel } from "../../src/ui/MeasurePanel";
import { Notices } from "../../src/ui/Notices";
import { ObjectsPanel } from "../../src/ui/ObjectsPanel";
import { Shell } from "../../src/ui/shell";
import { WaitingMeasures } from "../../src/ui/WaitingMeasures";
import { imageDetail, objectItem } from "../fixtures/items";
import { FakeWorkbench, measures } from "./fake_workbench";

let fake: FakeWorkbench;
beforeEach(() => (fake = new FakeWorkbench()));
afterEach(cleanup);

describe("the list of images", () => {
  const summary = (index: number) => ({
    id: `i${index}`,
    name: `image_${index}.png`,
    state: "new" as const,
    objects: 0,
    isUpload: false,
    isMissing: false,
    revision: 0,
  });

  it("draws few of ten thousand, asks for what it lacks, and opens one", async () => {
    fake.total.value = 10_000;
    fake.images.value = Array.from({ length: 10_000 }, (_, index) => (index < 200 ? summary(index) : undefined));
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    const list = screen.getByRole("list", { name: "Images" });
    expect(within(list).getAllByRole("listitem").length).toBeLessThan(60);
    await waitFor(() => expect(fake.ensureImages).toHaveBeenCalledWith(0));
    fireEvent.click(within(list).getByText("image_2.png"));
    expect(fake.openImage).toHaveBeenCalledExactlyOnceWith("i2");
  });

  it("asks again for what it shows when the list was read anew", async () => {
    fake.total.value = 10_000;
    fake.images.value = Array.from({ length: 10_000 }, () => undefined);
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    await waitFor(() => expect(fake.ensureImages).toHaveBeenCalled());
    const before = fake.ensureImages.mock.calls.length;
    fake.images.value = Array.from({ length: 10_000 }, () => undefined);
    await waitFor(() => expect(fake.ensureImages.mock.calls.length).toBeGreaterThan(before));
  });

  it("is one stop of the Tab key, and marks what cannot be opened", () => {
    fake.total.value = 3;
    fake.images.value = [summary(0), summary(1), { ...summary(2), isUpload: true }];
    fake.image.value = imageDetail({ id: "i1" });
    fake.unreadable.value = new Set(["i0"]);
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    const rows = within(screen.getByRole("list", { name: "Images" })).getAllByRole("button");
    expect(rows.map((row) => row.tabIndex)).toEqual([-1, 0, -1]);
    expect(rows.map((row) => row.getAttribute("aria-label"))).toEqual([
      "image_0.png, cannot be opened, new",
      "image_1.png, no object, new",
      "image_2.png, no object, added, new",
    ]);
  });

  it("asks for a thumbnail that cannot be had once, until the folder is read again", async () => {
    fake.total.value = 1;
    fake.images.value = [summary(0)];
    fake.thumbnailUrl.mockReturnValue("/thumbnail");
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    const list = () => screen.getByRole("list", { name: "Images" });
    fireEvent.error(list().querySelector("img")!);
    await waitFor(() => expect(list().querySelector("img")).toBeNull());
    // The row goes out of sight and comes again.
    fake.images.value = [undefined];
    await waitFor(() => expect(within(list()).queryByRole("button")).toBeNull());
    fake.images.value = [summary(0)];
    await waitFor(() => expect(within(list()).getByRole("button")).toBeTruthy());
    expect(list().querySelector("img")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Read the folder again" }));
    fake.images.value = [undefined];
    await waitFor(() => expect(within(list()).queryByRole("button")).toBeNull());
    fake.images.value = [summary(0)];
    await waitFor(() => expect(list().querySelector("img")).not.toBeNull());
  });

  it("cuts long names in the middle", () => {
    fake.total.value = 1;
    fake.images.value = [{ ...summary(0), name: "thyroid_nodule_left_lobe_0123.dcm" }];
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    const [start, end] = document.querySelectorAll(".middle-cut span");
    expect([start?.textContent, end?.textContent]).toEqual(["thyroid_nodule_left_lob", "e_0123.dcm"]);
  });

  it("says what to do where there is none, and where none fits", () => {
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    expect(screen.getByText(/Drop files here/)).toBeTruthy();
    cleanup();
    fake.search.value = "knee";
    render(<ImageList workbench={fake.asWorkbench} shell={new Shell()} />);
    fireEvent.click(screen.getByRole("button", { name: "Show all images" }));
    expect(fake.search.value).toBe("");
  });
});

describe("the objects", () => {
  beforeEach(() => {
    fake.image.value = imageDetail({ frames: 3 });
    fake.labels.value = [{ id: "l1", name: "Head", colour: "#ff0000", objects: 1 }];
    const mask = { size: [600, 800] as [number, number], counts: "0" };
    fake.objectsHere.value = [objectItem("a", { mask, score: 0.9 }), objectItem("b", { mask, labelId: "l1" })];
    fake.selectedId.value = "a";
  });

  it("are labelled, hidden, locked, carried on, moved and deleted", () => {
    render(<ObjectsPanel workbench={fake.asWorkbench} shell={new Shell()} />);
    const choice = screen.getByRole("combobox", { name: "Label of object 1" });
    fireEvent.change(choice, { target: { value: "l1" } });
    expect(fake.relabel).toHaveBeenCalledExactlyOnceWith("a", "l1");
    fireEvent.click(screen.getByRole("button", { name: "Hide object 1" }));
    expect(fake.setVisible).toHaveBeenCalledExactlyOnceWith("a", false);
    fireEvent.click(screen.getByRole("button", { name: "Lock object 1" }));
    expect(fake.setLocked).toHaveBeenCalledExactlyOnceWith("a", true);
    fireEvent.click(screen.getByRole("button", { name: "Carry on to the next frame" }));
    expect(fake.duplicateToFrame).toHaveBeenCalledExactlyOnceWith("a", 1);
    fireEvent.click(screen.getByRole("button", { name: "Bring forward" }));
    expect(fake.reorder).toHaveBeenCalledExactlyOnceWith(["b", "a"]);
    fireEvent.click(screen.getByRole("button", { name: "Delete object" }));
    expect(fake.remove).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("give the focus on when one is deleted", async () => {
    fake.remove.mockImplementation((id: string) => {
      fake.objectsHere.value = fake.objectsHere.value.filter((object) => object.id !== id);
      fake.selectedId.value = null;
    });
    render(
      <>
        <div role="application" tabIndex={0} />
        <ObjectsPanel workbench={fake.asWorkbench} shell={new Shell()} />
      </>,
    );
    const remove = async () => {
      const button = await screen.findByRole("button", { name: "Delete object" });
      button.focus();
      fireEvent.click(button);
      await waitFor(() => expect(button.isConnected).toBe(false));
    };
    await remove();
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Select object 1" }));
    fake.selectedId.value = "b";
    await remove();
    expect(document.activeElement).toBe(screen.getByRole("application"));
  });

  it("open the list of labels from the choice of one, without a change", () => {
    const shell = new Shell();
    render(<ObjectsPanel workbench={fake.asWorkbench} shell={shell} />);
    fireEvent.change(screen.getByRole("combobox", { name: "Label of object 1" }), { target: { value: "edit-labels" } });
    expect(shell.dialog.value).toBe("labels");
    expect(fake.relabel).not.toHaveBeenCalled();
  });

  it("are left for the picture by Escape, and by the choice of a label with the mouse", () => {
    render(
      <>
        <div role="application" tabIndex={0} />
        <ObjectsPanel workbench={fake.asWorkbench} shell={new Shell()} />
      </>,
    );
    const choice = screen.getByRole("combobox", { name: "Label of object 1" });
    choice.focus();
    fireEvent.change(choice, { target: { value: "l1" } });
    expect(document.activeElement).toBe(choice);
    fireEvent.keyDown(choice, { key: "Escape" });
    expect(document.activeElement).toBe(screen.getByRole("application"));
    choice.focus();
    fireEvent.pointerDown(choice);
    fireEvent.change(choice, { target: { value: "" } });
    expect(document.activeElement).toBe(document.body);
  });

  it("that are locked keep their label and cannot be deleted", () => {
    fake.objectsHere.value = [objectItem("a", { locked: true })];
    render(<ObjectsPanel workbench={fake.asWorkbench} shell={new Shell()} />);
    expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Label of object 1" }).disabled).toBe(true);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Delete object" }).disabled).toBe(true);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Unlock object 1" }).disabled).toBe(false);
  });
});

describe("the dialog of labels", () => {
  beforeEach(() => {
    fake.labels.value = [
      { id: "l1", name: "Head", colour: "#ff0000", objects: 2 },
      { id: "l2", name: "Femur", colour: "#00ff00", objects: 0 },
    ];
  });

  it("adds, renames, moves and keeps", async () => {
    const close = vi.fn();
    render(<LabelsDialog workbench={fake.asWorkbench} onClose={close} />);
    fireEvent.input(screen.getByRole("textbox", { name: "Name of label 2" }), { target: { value: "Thigh" } });
    fireEvent.click(screen.getByRole("button", { name: "Add a label" }));
    fireEvent.input(screen.getByRole("textbox", { name: "Name of label 3" }), { target: { value: "Heart" } });
    fireEvent.click(screen.getByRole("button", { name: "Move Heart up" }));
    fireEvent.click(screen.getByRole("button", { name: "Save labels" }));
    await waitFor(() => expect(close).toHaveBeenCalledOnce());
    const [sent] = fake.putLabels.mock.calls[0] as unknown as [{ name: string }[]];
    expect(sent.map(({ name }) => name)).toEqual(["Head", "Heart", "Thigh"]);
  });

  it("says why a label in use stays", () => {
    render(<LabelsDialog workbench={fake.asWorkbench} onClose={vi.fn()} />);
    fireEvent.click(screen.getByRole("button", { name: "Delete Head" }));
    expect(screen.getByRole("alert").textContent).toContain("2 objects have this label");
    fireEvent.click(screen.getByRole("button", { name: "Delete Femur" }));
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
  });

  it("stays open with what the server says against it", async () => {
    const close = vi.fn();
    fake.putLabels.mockRejectedValueOnce(new Error("Somebody else changed the labels."));
    render(<LabelsDialog workbench={fake.asWorkbench} onClose={close} />);
    fireEvent.click(screen.getByRole("button", { name: "Save labels" }));
    await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("Somebody else"));
    expect(close).not.toHaveBeenCalled();
  });

  it("sends no label without a name", () => {
    render(<LabelsDialog workbench={fake.asWorkbench} onClose={vi.fn()} />);
    fireEvent.input(screen.getByRole("textbox", { name: "Name of label 2" }), { target: { value: " " } });
    fireEvent.click(screen.getByRole("button", { name: "Save labels" }));
    expect(fake.putLabels).not.toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toContain("name");
  });

  it("goes on with a new row upon Enter, and leaves the last one away where it stayed empty", async () => {
    const close = vi.fn();
    render(<LabelsDialog workbench={fake.asWorkbench} onClose={close} />);
    fireEvent.click(screen.getByRole("button", { name: "Add a label" }));
    const third = screen.getByRole("textbox", { name: "Name of label 3" });
    expect(document.activeElement).toBe(third);
    fireEvent.input(third, { target: { value: "Heart" } });
    fireEvent.keyDown(third, { key: "Enter" });
    expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Name of label 4" }));
    fireEvent.click(screen.getByRole("button", { name: "Save labels" }));
    await waitFor(() => expect(close).toHaveBeenCalledOnce());
    const [sent] = fake.putLabels.mock.calls[0] as unknown as [{ name: string }[]];
    expect(sent.map(({ name }) => name)).toEqual(["Head", "Femur", "Heart"]);
  });
});

describe("the dialog of exports", () => {
  it("offers what was chosen as one address", () => {
    fake.counts.value = { new: 1, "in work": 2, done: 3 };
    render(<ExportDialog workbench={fake.asWorkbench} onClose={vi.fn()} />);
    expect(screen.getByText("At most 5 images in one ZIP file.")).toBeTruthy();
    fireEvent.click(screen.getByRole("checkbox", { name: /NIfTI/ }));
    fireEvent.click(screen.getByRole("checkbox", { name: /In work/ }));
    expect(screen.getByRole("link", { name: "Download" }).getAttribute("href")).toBe("/api/export?coco,csv,nifti&done");
  });

  it("offers nothing where nothing was chosen", () => {
    render(<ExportDialog workbench={fake.asWorkbench} onClose={vi.fn()} />);
    expect(screen.queryByRole("link", { name: "Download" })).toBeNull();
    expect(screen.getByText("No image is in the states that you chose.")).toBeTruthy();
  });
});

describe("the other panels", () => {
  it("take an image over", () => {
    fake.image.value = imageDetail();
    fake.saving.value = { kind: "elsewhere", message: "" };
    render(<Banners workbench={fake.asWorkbench} />);
    fireEvent.click(screen.getByRole("button", { name: "Take over" }));
    expect(fake.takeOver).toHaveBeenCalledOnce();
  });

  it("take the tool that masks text out", () => {
    fake.image.value = imageDetail({ burnedIn: { warn: true, reason: "" } });
    render(<Banners workbench={fake.asWorkbench} />);
    fireEvent.click(screen.getByRole("button", { name: "Mask it out" }));
    expect(fake.tool.value).toBe("redact");
  });

  it("keep the warning of text until the user says that nothing is to be hidden", async () => {
    localStorage.clear();
    fake.image.value = imageDetail({ id: "looked-at", burnedIn: { warn: true, reason: "" } });
    render(<Banners workbench={fake.asWorkbench} />);
    fake.imageItem.value = { ...fake.imageItem.value, redactions: [[0, 0, 9, 9]] };
    fireEvent.click(await screen.findByRole("button", { name: "Nothing else to hide" }));
    await waitFor(() => expect(document.querySelector("[data-banner]")).toBeNull());
    fake.image.value = imageDetail({ id: "another", burnedIn: { warn: true, reason: "" } });
    await waitFor(() => expect(document.querySelector("[data-banner=burnedIn]")).not.toBeNull());
    expect(localStorage.getItem("ultrasam.nothingToHide")).toBe('["looked-at"]');
  });

  it("say that measurements wait for the server", async () => {
    fake.objectsHere.value = [objectItem("a", { mask: { size: [1, 1], counts: "0" } })];
    fake.selectedId.value = "a";
    render(<WaitingMeasures workbench={fake.asWorkbench} />);
    expect(screen.queryByText(/Waiting for the server/)).toBeNull();
    fake.reachable.value = false;
    expect(await screen.findByText(/Waiting for the server/)).toBeTruthy();
    fake.measurements.value = new Map([["a", measures(true)]]);
    await waitFor(() => expect(screen.queryByText(/Waiting for the server/)).toBeNull());
  });

  it("show the newest messages of many, and close all", () => {
    fake.notices.value = Array.from({ length: 7 }, (_, id) => ({ id, kind: "error" as const, text: `Fault ${id}.` }));
    render(<Notices workbench={fake.asWorkbench} />);
    expect(screen.getAllByText(/^Fault/).map((line) => line.textContent)).toEqual(["Fault 5.", "Fault 6."]);
    expect(screen.getByText("5 earlier messages")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Close all" }));
    expect(fake.dismissAll).toHaveBeenCalledOnce();
  });

  it("say that lengths are in pixels", () => {
    fake.objectsHere.value = [objectItem("a", { mask: { size: [1, 1], counts: "0" } })];
    fake.selectedId.value = "a";
    fake.measurements.value = new Map([["a", measures(false)]]);
    render(<MeasurePanel workbench={fake.asWorkbench} />);
    expect(screen.getByText(/Not calibrated/)).toBeTruthy();
  });

  it("name the calibration", () => {
    fake.image.value = imageDetail();
    fake.objectsHere.value = [objectItem("a", { mask: { size: [1, 1], counts: "0" } })];
    fake.selectedId.value = "a";
    fake.measurements.value = new Map([["a", measures(true)]]);
    render(<MeasurePanel workbench={fake.asWorkbench} />);
    expect(screen.getByText("Calibrated: DICOM region")).toBeTruthy();
    expect(screen.queryByText("Doubtful:")).toBeNull();
  });

  it("show frames for a cine alone", () => {
    fake.image.value = imageDetail({ frames: 1 });
    const { container } = render(<CineBar workbench={fake.asWorkbench} />);
    expect(container.textContent).toBe("");
    cleanup();
    fake.image.value = imageDetail({ frames: 20 });
    fake.annotatedFrames.value = [3, 4];
    render(<CineBar workbench={fake.asWorkbench} />);
    fireEvent.input(screen.getByRole("slider", { name: "Frame" }), { target: { value: "7" } });
    expect(fake.setFrame).toHaveBeenCalledExactlyOnceWith(7);
    expect(screen.getByText("2 with objects")).toBeTruthy();
  });

  it("say of pixels that are not square which shape they have", () => {
    fake.image.value = imageDetail({ regions: [{ boxXyxy: [0, 0, 800, 600], spacingMm: [0.308, 0.154], kind: "" }] });
    render(<ImagePanel workbench={fake.asWorkbench} />);
    expect(screen.getByText("2 times as wide as high, and shown so")).toBeTruthy();
    cleanup();
    fake.image.value = imageDetail();
    render(<ImagePanel workbench={fake.asWorkbench} />);
    expect(screen.queryByText(/times as/)).toBeNull();
  });

  it("keep a note when its field is left, not with each letter", () => {
    fake.image.value = imageDetail();
    render(<ImagePanel workbench={fake.asWorkbench} />);
    const field = screen.getByRole("textbox", { name: "Note" });
    fireEvent.input(field, { target: { value: "two cysts" } });
    expect(fake.setNote).not.toHaveBeenCalled();
    fireEvent.change(field);
    expect(fake.setNote).toHaveBeenCalledExactlyOnceWith("two cysts");
  });

  it("explain every key", () => {
    render(<HelpDialog version="1.2.3" onClose={vi.fn()} />);
    for (const { text } of BINDINGS) expect(screen.getByText(text)).toBeTruthy();
  });

  it("go when their button is pressed, and not before one could press it", () => {
    vi.useFakeTimers();
    const act = vi.fn();
    fake.notices.value = [{ id: 7, kind: "info", text: "The labels are changed.", action: { name: "Undo", act } }];
    render(<Notices workbench={fake.asWorkbench} />);
    vi.advanceTimersByTime(15_000);
    expect(fake.dismiss).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    expect(act).toHaveBeenCalledOnce();
    expect(fake.dismiss).toHaveBeenCalledWith(7);
    vi.useRealTimers();
  });

  it("show errors until they are closed", () => {
    vi.useFakeTimers();
    fake.notices.value = [
      { id: 1, kind: "error", text: "The disk is full." },
      { id: 2, kind: "info", text: "Opened." },
    ];
    render(<Notices workbench={fake.asWorkbench} />);
    vi.advanceTimersByTime(60_000);
    expect(fake.dismiss.mock.calls).toEqual([[2]]);
    vi.useRealTimers();
    fireEvent.click(screen.getAllByRole("button", { name: "Close this message" })[0]!);
    expect(fake.dismiss).toHaveBeenLastCalledWith(1);
  });
});
