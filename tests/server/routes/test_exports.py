import io
import json
import zipfile

from tests.server.serving import change, outlined


def test_the_archive_is_complete_and_leaves_nothing_behind(browser, bench, image_id):
    browser.get(f"/api/images/{image_id}")
    browser.post(f"/api/images/{image_id}/changes", json=change(outlined()))
    before = sorted(bench.settings.project.iterdir())
    answer = browser.get("/api/export", params={"formats": "coco,png"})
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="ultrasam-' in answer.headers["content-disposition"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        coco = json.loads(archive.read("coco.json"))
        names = archive.namelist()
    assert len(coco["annotations"]) == 1
    assert any(name.startswith("masks/") for name in names)
    assert sorted(bench.settings.project.iterdir()) == before


def test_another_word_is_refused(browser):
    for query in ("formats=xml", "states=old", "formats="):
        answer = browser.get(f"/api/export?{query}")
        assert (answer.status_code, answer.json()["kind"]) == (422, "input"), query
