import pytest

from tests.server.serving import change, new_id, outlined, picture
from ultrasam.server.project import Leases
from ultrasam.server.schemas.items import Change


@pytest.fixture
def place(image_id):
    return f"/api/images/{image_id}"


def test_a_change_is_kept_and_told(browser, place):
    item = outlined()
    assert browser.post(f"{place}/changes", json=change(item)).json() == {"revision": 1}
    image = browser.get(place).json()
    assert (image["items"], image["state"], image["objects"]) == ([item], "in work", 1)
    moved = item | {"position": 3.0}
    browser.post(f"{place}/changes", json=change(moved, base=1))
    browser.post(f"{place}/changes", json=change(remove=[item["id"]], base=2))
    entries = browser.get(f"{place}/history").json()["entries"]
    assert [(entry["revision"], entry["before"], entry["after"]) for entry in entries] == [
        (3, [moved], []),
        (2, [item], [moved]),
        (1, [], [item]),
    ]
    assert [entry["revision"] for entry in browser.get(f"{place}/history?before=3&limit=1").json()["entries"]] == [2]


def test_the_same_change_again_is_answered_as_the_first_time(browser, place):
    sent = change(outlined())
    assert browser.post(f"{place}/changes", json=sent).json() == {"revision": 1}
    browser.post(f"{place}/changes", json=change(outlined(), base=1))
    assert browser.post(f"{place}/changes", json=sent).json() == {"revision": 1}


def test_a_change_of_an_old_state_is_a_conflict(browser, place):
    browser.post(f"{place}/changes", json=change(outlined()))
    refused = browser.post(f"{place}/changes", json=change(outlined()))
    assert refused.status_code == 409
    assert (refused.json()["kind"], refused.json()["revision"]) == ("conflict", 1)


def test_one_client_writes_at_a_time(browser, place):
    first, second = new_id(), new_id()
    file = browser.get(place).json()["file"]
    lease = {"held": True, "byOther": False, "revision": 0, "file": file}
    assert browser.post(f"{place}/lease", json={"client": first, "take": False}).json() == lease
    other = {"held": False, "byOther": True, "revision": 0, "file": file}
    assert browser.post(f"{place}/lease", json={"client": second, "take": False}).json() == other
    refused = browser.post(f"{place}/changes", json=change(outlined(), client=second))
    assert (refused.status_code, refused.json()["kind"]) == (409, "elsewhere")
    assert browser.post(f"{place}/lease", json={"client": second, "take": True}).json()["held"]
    assert browser.post(f"{place}/changes", json=change(outlined(), client=second)).status_code == 200
    assert browser.post(f"{place}/lease/release", json={"client": second}).status_code == 204
    assert browser.post(f"{place}/lease", json={"client": first, "take": False}).json()["revision"] == 1


def test_a_lease_tells_when_the_file_was_written_anew(bench, browser, place):
    ask = {"client": new_id(), "take": False}
    file = bench.settings.folder / browser.get(place).json()["name"]
    before = browser.post(f"{place}/lease", json=ask).json()["file"]
    file.write_bytes(picture(seed=9, size_hw=(50, 70)))
    assert browser.post(f"{place}/lease", json=ask).json()["file"] not in (before, None)
    file.unlink()
    assert browser.post(f"{place}/lease", json=ask).json()["file"] is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"frame": 1}, "frame from 0 to 0"),
        ({"mask": {"size": [3, 3], "counts": "9"}}, "masks of the image's size 60 x 90"),
        ({"prompt": {"points": [{"x": 90, "y": 1, "label": 1}], "boxXyxy": None, "start": None, "choice": 0}}, "point"),
        ({"colour": "red"}, "colour"),
        ({"id": "no uuid"}, "id"),
        ({"more": 1}, "more"),
    ],
    ids=["frame", "mask", "point", "colour", "id", "unknown"],
)
def test_what_does_not_fit_the_image_is_refused(browser, place, fields, said):
    refused = browser.post(f"{place}/changes", json=change(outlined(**fields)))
    assert (refused.status_code, refused.json()["kind"]) == (422, "input")
    assert said in refused.json()["detail"]
    assert browser.get(place).json()["revision"] == 0


def test_work_on_an_image_whose_file_goes_is_saved(browser, bench, place):
    browser.get(place)
    (bench.settings.folder / "deeper/other.png").unlink()
    gone = browser.get(f"{place}/frames/0.png")
    assert (gone.status_code, gone.json()["kind"]) == (410, "gone")
    assert browser.post(f"{place}/changes", json=change(outlined())).json() == {"revision": 1}


@pytest.mark.parametrize("how", ["cut off", "a link to elsewhere"])
def test_work_on_an_image_whose_file_breaks_is_saved(browser, bench, place, tmp_path, how):
    browser.get(place)
    path = bench.settings.folder / "deeper/other.png"
    content = path.read_bytes()
    path.unlink()
    if how == "cut off":
        path.write_bytes(content[:100])
    else:
        (tmp_path / "elsewhere.png").write_bytes(content)
        path.symlink_to(tmp_path / "elsewhere.png")
    assert browser.get(f"{place}/frames/0.png").status_code == {"cut off": 422}.get(how, 403)
    assert browser.post(f"{place}/changes", json=change(outlined())).json() == {"revision": 1}
    # What does not fit the image as it was is refused all the same.
    assert browser.post(f"{place}/changes", json=change(outlined(frame=1), base=1)).status_code == 422


def test_labels_are_put_as_a_whole(browser, place):
    label = {"id": new_id(), "name": "Zyste", "colour": "#ff8800"}
    put = browser.put("/api/labels", json={"baseRevision": 0, "labels": [label]})
    assert put.json() == {"revision": 1, "labels": [{**label, "objects": 0}]}
    assert browser.get("/api/status").json()["labelsRevision"] == 1
    browser.post(f"{place}/changes", json=change(outlined(labelId=label["id"])))
    assert browser.get("/api/labels").json()["labels"][0]["objects"] == 1
    refused = browser.put("/api/labels", json={"baseRevision": 1, "labels": []})
    assert (refused.status_code, refused.json()["kind"]) == (409, "conflict")
    assert "1 object" in refused.json()["detail"]


def test_letting_go_of_an_image_that_is_gone_is_no_error(browser):
    """A page that deletes the upload that it shows lets go of it afterwards."""
    released = browser.post(f"/api/images/{new_id()}/lease/release", json={"client": new_id()})
    assert released.status_code == 204


def test_who_takes_an_image_over_is_told_of_a_change_made_just_before(browser, bench, image_id, place, monkeypatch):
    first, second = new_id(), new_id()
    browser.post(f"{place}/lease", json={"client": first})
    lease = Leases.lease

    def late(self, *arguments):
        # The last moment at which the former holder can still write.
        bench.project.apply(image_id, Change(**change(outlined(), client=first)), leases=self)
        return lease(self, *arguments)

    monkeypatch.setattr(Leases, "lease", late)
    assert browser.post(f"{place}/lease", json={"client": second, "take": True}).json()["revision"] == 1
