"""Several objects: labels, colours, visibility, lock, order, and undo of all of it."""

from __future__ import annotations

from tests.web.pictures import CENTRE, HEAD

SHOWN = "JSON.stringify(workbench.objectsHere.value)"


def item(page, index=0):
    return page.objects()[index]


def add_labels(page, *names):
    """By the dialog, as a user does."""
    page.button("Edit labels").click()
    dialog = page.page.get_by_role("dialog")
    for name in names:
        dialog.get_by_role("button", name="Add a label").click()
        dialog.get_by_role("textbox", name="Name of label").last.fill(name)
    dialog.get_by_role("button", name="Save labels").click()
    dialog.wait_for(state="detached")


def test_several_objects_are_altered_undone_and_done_again(page):
    page.fresh(HEAD)
    add_labels(page, "altered head", "altered rest")
    labels = {one["name"]: one["id"] for one in page.evaluate("workbench.labels.value")}
    page.click(*CENTRE)
    page.press("n")
    page.click(90, 90)
    assert len(page.objects()) == 2
    rows = page.page.get_by_role("list", name="Objects").get_by_role("listitem")
    assert rows.count() == 2

    steps = [page.objects()]

    def step():
        page.wait_for(f"{SHOWN} !== arg", page.page.evaluate("(arg) => JSON.stringify(arg)", steps[-1]))
        steps.append(page.objects())

    page.button("Select object 1").click()
    page.page.get_by_role("combobox", name="Label of object 1").select_option(label="altered head")
    step()
    assert item(page)["labelId"] == labels["altered head"]
    page.page.get_by_label("Colour of object 1").fill("#12ab34")
    step()
    assert item(page)["colour"] == "#12ab34"
    page.button("Hide object 1").click()
    step()
    assert not item(page)["visible"]
    page.button("Bring forward").click()
    step()
    assert item(page, 1)["labelId"] == labels["altered head"]
    page.button("Delete object").click()
    step()
    assert len(page.objects()) == 1
    # The focus does not go with the row.
    assert page.button("Select object 1").evaluate("(button) => button === document.activeElement")

    for expected in reversed(steps[:-1]):
        page.press("Control+z")
        page.wait_for_value("workbench.objectsHere.value", expected)
    for expected in steps[1:]:
        page.press("Control+Shift+z")
        page.wait_for_value("workbench.objectsHere.value", expected)
    # Undo outlives a reload.
    page.saved()
    page.page.reload()
    page.ready()
    for expected in reversed(steps[:-1]):
        page.wait_for("workbench.canUndo.value")
        page.button("Undo").click()
        page.wait_for_value("workbench.objectsHere.value", expected)
    stored = [one for one in page.saved()["items"] if one["kind"] == "object"]
    assert sorted(stored, key=lambda one: one["position"]) == steps[0]


def test_a_locked_object_stays_as_it_is(page):
    page.fresh(HEAD)
    before = page.click(*CENTRE)
    page.button("Lock object 1").click()
    page.wait_for("workbench.selected.value.locked")
    page.page.mouse.click(*page.at(330, 420))
    page.page.get_by_text("locked").first.wait_for()
    page.press("Delete")
    page.button("Unlock object 1").click()
    page.wait_for_value("workbench.selected.value", before)
    assert page.button("Delete object").is_enabled()


def test_labels_are_added_renamed_and_kept_while_they_are_used(page):
    page.fresh(HEAD)
    add_labels(page, "used", "spare")
    page.click(*CENTRE)
    page.relabel(1, "used")
    page.saved()
    colour = page.evaluate("workbench.labels.value.find((one) => one.name === 'used').colour")
    assert page.evaluate("workbench.colourOf(workbench.selected.value)") == colour

    page.page.reload()
    page.ready()
    page.button("Edit labels").click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete used").click()
    assert "1 object has this label" in dialog.get_by_role("alert").inner_text()
    dialog.get_by_role("button", name="Delete spare").click()
    row = dialog.get_by_role("listitem").filter(has=page.page.get_by_role("button", name="Delete used"))
    row.get_by_role("textbox", name="Name of label").fill("Renamed")
    dialog.get_by_role("button", name="Save labels").click()
    dialog.wait_for(state="detached")
    names = [one["name"] for one in page.server.ask("labels")["labels"]]
    assert "Renamed" in names
    assert not {"used", "spare"} & set(names)
    shown = page.page.get_by_role("combobox", name="Label of object 1").locator("option:checked")
    assert shown.inner_text() == "Renamed"
    for button, name in (("Undo", "used"), ("Redo", "Renamed")):
        page.page.get_by_role("log").get_by_role("button", name=button).click()
        page.wait_for_value(f"workbench.labels.value.some((one) => one.name === '{name}')", True)
    assert names == [one["name"] for one in page.server.ask("labels")["labels"]]
    # Twice the same name is told at once, whatever its case.
    page.button("Edit labels").click()
    dialog.get_by_role("button", name="Add a label").click()
    dialog.get_by_role("textbox", name="Name of label").last.fill("renamed")
    dialog.get_by_role("button", name="Save labels").click()
    assert "two labels" in dialog.get_by_role("alert").inner_text()
    dialog.get_by_role("button", name="Cancel").click()


def test_a_control_click_selects(page):
    page.fresh(HEAD)
    head = page.click(*CENTRE)
    page.press("Escape")
    page.wait_for("workbench.selected.value === null")
    page.page.keyboard.down("Control")
    page.page.mouse.click(*page.at(CENTRE[0] + 20, CENTRE[1]))
    page.page.keyboard.up("Control")
    page.wait_for("workbench.selectedId.value === arg", head["id"])
