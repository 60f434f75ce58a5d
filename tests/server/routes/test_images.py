import os

import pytest

from tests.server.serving import change, folder_of, new_id, outlined, picture
from ultrasam.server.refusals import Full


def test_images_are_listed_in_natural_order(browser):
    answer = browser.get("/api/images").json()
    assert [image["name"] for image in answer["images"]] == ["deeper/other.png", "scan 2.png", "scan 10.png"]
    assert answer["counts"] == {"new": 3, "in work": 0, "done": 0}
    page = browser.get("/api/images", params={"search": "SCAN", "offset": 1, "limit": 1}).json()
    assert (page["total"], [image["name"] for image in page["images"]]) == (2, ["scan 10.png"])


def test_a_rescan_finds_what_came_and_what_went(browser, bench):
    (bench.settings.folder / "scan 2.png").unlink()
    folder_of(bench.settings.folder, ["late.png"])
    assert browser.post("/api/images/rescan").json() == {"added": 1, "moved": 0, "missing": 1, "total": 3}
    missing = {image["name"]: image["isMissing"] for image in browser.get("/api/images").json()["images"]}
    assert missing == {"deeper/other.png": False, "late.png": False, "scan 2.png": True, "scan 10.png": False}


def test_a_tab_goes_on_with_an_image_whose_file_was_moved(browser, bench, image_id):
    tab = {"client": new_id()}
    assert browser.post(f"/api/images/{image_id}/lease", json=tab).json()["held"]
    file = browser.get(f"/api/images/{image_id}").json()["file"]
    object_ = outlined()
    browser.post(f"/api/images/{image_id}/changes", json=change(object_, **tab))
    addresses = [f"/api/images/{image_id}/{each}" for each in ("frames/0.png", "thumbnail")]
    pictures = [browser.get(address) for address in addresses]
    embedding = browser.get(f"/api/images/{image_id}/frames/0/embedding?wait=30000").content
    (bench.settings.folder / "deeper/other.png").rename(bench.settings.folder / "first.png")
    # What was saved after that and before the folder is read goes along as well.
    browser.post(f"/api/images/{image_id}/changes", json=change(outlined(), base=1, **tab))
    assert browser.get(addresses[0]).status_code == 410
    assert browser.post("/api/images/rescan").json() == {"added": 0, "moved": 1, "missing": 0, "total": 3}
    assert browser.get("/api/images", params={"search": "first"}).json()["images"][0]["id"] == image_id
    image = browser.get(f"/api/images/{image_id}").json()
    assert (image["name"], image["isMissing"], image["changedOnDisk"]) == ("first.png", False, False)
    assert (image["file"], image["revision"], image["items"][0]["id"]) == (file, 2, object_["id"])
    lease = browser.post(f"/api/images/{image_id}/lease", json={"client": new_id()}).json()
    assert (lease["held"], lease["file"]) == (False, file)
    assert browser.post(f"/api/images/{image_id}/changes", json=change(outlined(), base=2, **tab)).json() == {
        "revision": 3
    }
    for address, before in zip(addresses, pictures, strict=True):
        assert browser.get(address).content == before.content
        # The browser's own copy holds.
        assert browser.get(address, headers={"If-None-Match": before.headers["etag"]}).status_code == 304
    assert browser.get(f"/api/images/{image_id}/frames/0/embedding?wait=30000").content == embedding
    # Nor does what comes in its place show what it was.
    (bench.settings.folder / "deeper/other.png").write_bytes(picture(40))
    assert browser.post("/api/images/rescan").json() == {"added": 1, "moved": 0, "missing": 0, "total": 4}
    (other,) = browser.get("/api/images", params={"search": "other"}).json()["images"]
    assert browser.get(f"/api/images/{other['id']}/frames/0.png").content != pictures[0].content


def test_all_about_an_image(browser, image_id):
    answer = browser.get(f"/api/images/{image_id}").json()
    assert (answer["format"], answer["frames"], answer["sizeHw"], answer["isColour"]) == ("PNG", 1, [60, 90], False)
    assert (answer["items"], answer["revision"], answer["changedOnDisk"]) == ([], 0, False)
    assert answer["calibration"] == "not calibrated"


def test_a_file_that_changes_after_it_was_annotated_is_told(browser, bench, image_id):
    path = bench.settings.folder / "deeper/other.png"
    browser.get(f"/api/images/{image_id}")
    path.write_bytes(picture(7))
    os.utime(path, ns=(1, 1))
    assert not browser.get(f"/api/images/{image_id}").json()["changedOnDisk"]
    browser.post(f"/api/images/{image_id}/changes", json=change(outlined()))
    assert not browser.get(f"/api/images/{image_id}").json()["changedOnDisk"]
    path.write_bytes(picture(8))
    os.utime(path, ns=(2, 2))
    for _ in range(2):
        assert browser.get(f"/api/images/{image_id}").json()["changedOnDisk"]


def test_a_copy_of_the_annotated_file_is_the_same_file(browser, bench, image_id):
    browser.get(f"/api/images/{image_id}")
    browser.post(f"/api/images/{image_id}/changes", json=change(outlined()))
    os.utime(bench.settings.folder / "deeper/other.png", ns=(1, 1))
    assert not browser.get(f"/api/images/{image_id}").json()["changedOnDisk"]


def test_what_a_file_says_is_noted_once(browser, bench, image_id, monkeypatch):
    browser.get(f"/api/images/{image_id}")
    monkeypatch.setattr(bench.library, "facts", lambda path: pytest.fail("asked again"))
    monkeypatch.setattr(bench.project, "note_facts", lambda *_: pytest.fail("noted again"))
    assert browser.get(f"/api/images/{image_id}").status_code == 200


def test_an_upload_is_an_image_until_it_is_removed(browser):
    answer = browser.post("/api/images", params={"name": "C:\\scans\\new one.png"}, content=picture(3))
    assert answer.status_code == 201
    image = answer.json()
    assert (image["name"], image["isUpload"]) == ("new one.png", True)
    assert browser.get(f"/api/images/{image['id']}").json()["sizeHw"] == [60, 90]
    assert browser.delete(f"/api/images/{image['id']}").status_code == 204
    assert browser.get(f"/api/images/{image['id']}").status_code == 404


def test_an_upload_with_work_on_it_stays(browser):
    own = browser.post("/api/images", params={"name": "new.png"}, content=picture(3)).json()["id"]
    assert browser.post(f"/api/images/{own}/changes", json=change(outlined())).json() == {"revision": 1}
    refused = browser.delete(f"/api/images/{own}")
    assert (refused.status_code, refused.json()["kind"]) == (409, "conflict")


def test_a_file_of_the_folder_is_not_removed(browser, bench, image_id):
    assert browser.delete(f"/api/images/{image_id}").status_code == 409
    assert (bench.settings.folder / "deeper/other.png").exists()


@pytest.mark.parametrize("address", ["", "/thumbnail", "/frames/0.png", "/frames/0/embedding", "/history"])
def test_an_unknown_image_is_missing(browser, address):
    answer = browser.get(f"/api/images/{new_id()}{address}")
    assert (answer.status_code, answer.json()["kind"]) == (404, "missing")


def test_uploads_of_a_crash_between_disk_and_data_base_are_taken_in(bench, browser):
    upload = bench.settings.project / "uploads" / "0123456789abcdef" / "late.png"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(picture(5))
    bench.images.begin()
    bench.images.begin()
    found = browser.get("/api/images", params={"search": "late"}).json()["images"]
    assert [(image["name"], image["isUpload"]) for image in found] == [("late.png", True)]


def test_an_upload_that_the_data_base_does_not_take_is_not_kept(browser, bench, monkeypatch):
    def full(*_):
        raise Full("No room.")

    monkeypatch.setattr(bench.project, "add_upload", full)
    answer = browser.post("/api/images", params={"name": "new.png"}, content=picture(3))
    assert (answer.status_code, answer.json()["kind"]) == (507, "full")
    assert list((bench.settings.project / "uploads").iterdir()) == []


def test_an_image_can_be_looked_at_on_a_full_disk(browser, bench, image_id, monkeypatch):
    def full(*_):
        raise Full("No room.")

    monkeypatch.setattr(bench.project, "note_facts", full)
    assert browser.get(f"/api/images/{image_id}").json()["sizeHw"] == [60, 90]
