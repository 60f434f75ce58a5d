// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../src/ui/App";
import { theme } from "../../src/ui/theme";
import { imageDetail, objectItem } from "../fixtures/items";
import { FakeWorkbench } from "./fake_workbench";

vi.mock("../../src/canvas/Stage", () => ({ Stage: () => <div role="application" aria-label="Image" tabIndex={0} /> }));

let fake: FakeWorkbench;
beforeEach(() => {
  localStorage.clear();
  fake = new FakeWorkbench();
  fake.image.value = imageDetail();
});
afterEach(cleanup);

describe("the page", () => {
  it("opens one dialog at a time, and closes it", async () => {
    render(<App workbench={fake.asWorkbench} />);
    fireEvent.click(screen.getAllByRole("button", { name: "Export" })[0]!);
    const dialog = await screen.findByRole("dialog", { name: "Export" });
    fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    fireEvent.keyDown(document.body, { key: "?" });
    expect(await screen.findByRole("dialog", { name: "Help" })).toBeTruthy();
  });

  it("keeps the colours that were chosen in this browser", async () => {
    render(<App workbench={fake.asWorkbench} />);
    expect(theme.value).toBe("system");
    const change = () => fireEvent.click(screen.getAllByRole("button", { name: /colours.*: change/i })[0]!);
    change();
    expect(document.documentElement.dataset["theme"]).toBe("light");
    change();
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    cleanup();
    // As a page that is loaded again has it.
    vi.resetModules();
    expect((await import("../../src/ui/theme")).theme.value).toBe("dark");
    delete document.documentElement.dataset["theme"];
    render(<App workbench={fake.asWorkbench} />);
    await waitFor(() => expect(document.documentElement.dataset["theme"]).toBe("dark"));
    change();
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
  });

  it("opens and closes its drawers, by Escape too", async () => {
    render(<App workbench={fake.asWorkbench} />);
    const button = screen.getByRole("button", { name: "Objects and display" });
    fireEvent.click(button);
    await waitFor(() => expect(button.getAttribute("aria-expanded")).toBe("true"));
    fireEvent.keyDown(document.body, { key: "Escape" });
    await waitFor(() => expect(button.getAttribute("aria-expanded")).toBe("false"));
    expect(fake.select).not.toHaveBeenCalled();
  });

  it("goes to the label of the selected object by L, and back by Escape", async () => {
    fake.objectsHere.value = [objectItem("a"), objectItem("b")];
    fake.selectedId.value = "b";
    render(<App workbench={fake.asWorkbench} />);
    fireEvent.keyDown(document.body, { key: "l" });
    expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Label of object 2" }));
    fireEvent.keyDown(document.activeElement!, { key: "Escape" });
    expect(document.activeElement).toBe(screen.getByRole("application"));
    expect(fake.select).not.toHaveBeenCalled();
  });

  it("takes files that are dropped anywhere", async () => {
    render(<App workbench={fake.asWorkbench} />);
    const file = new File(["x"], "scan.dcm");
    const dataTransfer = { types: ["Files"], files: [file] };
    fireEvent(window, Object.assign(new Event("dragover", { cancelable: true }), { dataTransfer }));
    expect(await screen.findByText(/Drop images here/)).toBeTruthy();
    const drop = Object.assign(new Event("drop", { cancelable: true }), { dataTransfer });
    fireEvent(window, drop);
    expect(drop.defaultPrevented).toBe(true);
    expect(fake.upload).toHaveBeenCalledExactlyOnceWith([file]);
    await waitFor(() => expect(screen.queryByText(/Drop images here to open/)).toBeNull());
  });

  it("says that it saves, and what it waits for", () => {
    fake.saving.value = { kind: "waiting", message: "" };
    fake.readiness.value = { kind: "waiting", position: 2, seconds: 3 };
    render(<App workbench={fake.asWorkbench} />);
    expect(document.querySelector("[data-saving=waiting]")?.textContent).toContain("kept in this browser");
    expect(screen.getByText("Waiting: position 2, about 3 s")).toBeTruthy();
  });

  it("invites to drop files where there are none", () => {
    fake.image.value = null;
    render(<App workbench={fake.asWorkbench} />);
    expect(screen.getByText(/Drop ultrasound images here/)).toBeTruthy();
  });
});
