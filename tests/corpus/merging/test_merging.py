import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from tests.corpus.coco.coco_files import annotation, image, rle
from tests.corpus.made_cards import made_card
from tests.corpus.merging.made_sets import category, files_of, made_set
from tests.references import shared
from ultrasam.corpus import CocoFolder, find_coco
from ultrasam.corpus.coco.document import read_document
from ultrasam.corpus.merging import linking, merge
from ultrasam.errors import InputError


def facts_of(folder):
    return json.loads((folder / "dataset.json").read_text())


def test_everything_of_both_is_there_and_keeps_its_keys(tmp_path):
    rows = [
        image(
            7,
            "images/7.png",
            split="train",
            patient="P1",
            sequence="s",
            frame=3,
            spacing_mm=[0.1, 0.2],
            labels={"a": "b"},
        ),
        image(9, "sub/9.png", split="test", patient=1, official_split="test", source="x/y.dcm", license=5),
    ]
    licenses = [{"id": 4, "name": "CC0"}, {"id": 5, "name": "MIT", "url": "u"}]
    marks = [
        annotation("x", 7, rle(columns=slice(0, 2)), category_id=3, area=6, note="kept"),
        annotation("y", 9, category_id=3),
    ]
    one = made_set(tmp_path, "B", images=rows, annotations=marks, categories=[category(3, "liver")], licenses=licenses)
    two = made_set(tmp_path, "A", images=[image("i", "1.png", patient="P1")], annotations=[annotation(1, "i")])
    report = merge([one, two], tmp_path / "out")

    document = read_document(tmp_path / "out" / "coco.json")
    assert [entry["id"] for entry in document["images"]] == [1, 2, 3]
    first, second, third = document["images"]
    size = {"height": 6, "width": 8}
    licence_of = {entry["id"]: (entry["name"], entry["url"]) for entry in document["licenses"]}
    assert first == {"id": 1, "file_name": "images/A/1.png", **size, "patient": "A/P1", "dataset": "A", "license": 1}
    assert second == {
        **rows[0], "id": 2, "file_name": "images/B/7.png", "patient": "B/P1", "sequence": "B/s", "dataset": "B",
        "license": second["license"],
    }  # fmt: skip
    assert (third["file_name"], third["patient"], third["source"]) == ("images/B/sub/9.png", "B/1", "x/y.dcm")
    assert [licence_of[entry["license"]] for entry in document["images"]] == [
        ("CC BY 4.0", ""), ("CC BY 4.0", ""), ("MIT", "u"),
    ]  # fmt: skip
    assert [(a["id"], a["image_id"], a["category_id"]) for a in document["annotations"]] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 3, 1),
    ]
    assert document["annotations"][1]["note"] == "kept"
    assert document["categories"] == [{"id": 1, "name": "object", "supercategory": "object"}]
    assert (tmp_path / "out/images/B/sub/9.png").read_text() == "B sub/9.png"
    assert (report.images, report.instances, report.splits) == (3, 3, {"train": 1, "val": 0, "test": 1, "": 1})
    assert (report.linked, report.copied) == (3, 0)
    assert "Images in no part: 1; split their data sets before." in report.warnings


def test_pycocotools_and_we_read_the_same_masks_before_and_after(tmp_path):
    one = made_set(tmp_path, "A", annotations=[annotation(n, n, rle(columns=slice(n, 8))) for n in range(1, 5)])
    merge([one, made_set(tmp_path, "B")], tmp_path / "out", files=True)
    coco = COCO(str(tmp_path / "out" / "coco.json"))
    masks = {coco.loadImgs(a["image_id"])[0]["file_name"]: coco.annToMask(a) for a in coco.anns.values()}
    folder = CocoFolder.read(tmp_path / "out")
    assert (len(folder.images), folder.skipped, folder.name) == (8, (), "out")
    for entry in CocoFolder.read(one).images:
        np.testing.assert_array_equal(masks[f"images/A/{entry.path.name}"], entry.instances[0].mask())
    assert find_coco(tmp_path / "out") == [tmp_path / "out" / "coco.json"]
    assert len(COCO(str(tmp_path / "out/annotations/instances_train.json")).imgs) == 4


def test_the_order_of_the_folders_means_nothing(tmp_path):
    folders = [made_set(tmp_path / "sets", name) for name in ("C", "A", "B")]
    merge(folders, tmp_path / "1" / "out")
    merge(reversed(folders), tmp_path / "2" / "out")
    merge([tmp_path / "sets"], tmp_path / "3" / "out", link=False)
    assert files_of(tmp_path / "1") == files_of(tmp_path / "2") == files_of(tmp_path / "3")


def test_images_are_linked_or_copied(tmp_path, monkeypatch):
    source = made_set(tmp_path, "A")
    (source / "images" / "4.png").unlink()
    (source / "images" / "4.png").symlink_to("3.png")
    file = source / "images" / "1.png"
    merge([source], tmp_path / "linked")
    assert (tmp_path / "linked/images/A/1.png").samefile(file)
    assert not (tmp_path / "linked/images/A/4.png").is_symlink()
    assert (tmp_path / "linked/images/A/4.png").read_text() == "A images/3.png"
    report = merge([source], tmp_path / "copied", link=False)
    assert (report.linked, report.copied) == (0, 4)
    assert not (tmp_path / "copied/images/A/1.png").samefile(file)

    def refuse(*_args):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(linking.os, "link", refuse)
    done = []
    report = merge([source], tmp_path / "elsewhere", on_progress=lambda *numbers: done.append(numbers))
    assert (report.linked, report.copied) == (0, 4)
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert files_of(tmp_path / "elsewhere/images") == files_of(tmp_path / "linked/images")


def test_parts_can_be_chosen(tmp_path):
    sets = [made_set(tmp_path, name) for name in "AB"]
    report = merge(sets, tmp_path / "out", splits=["train", "val"])
    assert (report.splits, report.images, report.instances) == ({"train": 4, "val": 2, "test": 0}, 6, 6)
    assert not (tmp_path / "out/images/A/4.png").exists()
    assert read_document(tmp_path / "out/coco.json")["info"]["options"]["splits"] == ["train", "val"]
    with pytest.raises(InputError, match="in the parts dev, but no data set has any"):
        merge(sets, tmp_path / "other", splits=["dev"])


def clusters(*members, kind="exact"):
    entries = [[{"set": name, "image": image, "kind": kind} for name, image in cluster] for cluster in members]
    return json.dumps({"clusters": entries})


def test_duplicates_go_to_the_side_of_the_test_with_all_of_their_patient(tmp_path):
    rows = [
        image(1, "images/1.png", split="train", patient="P"), image(2, "images/2.png", split="train", patient="P"),
        image(3, "images/3.png", split="train", patient="Q"), image(4, "images/4.png", split="val"),
        image(5, "images/5.png", split="train"), image(6, "images/6.png"),
    ]  # fmt: skip
    sets = [made_set(tmp_path, "A", images=rows), made_set(tmp_path, "B")]
    across = tmp_path / "across.json"
    # In B, 3.png is validation and 4.png test; set C is not merged.
    across.write_text(
        clusters([("A", "1.png"), ("B", "images/4.png"), ("C", "z.png")], [("A", "images/6.png"), ("B", "3.png")])
    )
    (sets[0] / "duplicates.json").write_text(clusters([("A", "images/4.png"), ("A", "images/5.png")]))
    report = merge(sets, tmp_path / "out", duplicates=across)
    images = read_document(tmp_path / "out/coco.json")["images"]
    assert [entry.get("split") for entry in images[:6]] == ["test", "test", "train", "val", "val", None]
    assert [entry["split"] for entry in images[6:]] == ["train", "train", "val", "test"]
    assert (report.moved, report.dropped) == ({"A": 3}, {})
    assert "Images moved to the part that their duplicates are in: 3 of A." in report.warnings
    assert facts_of(tmp_path / "out")["moved"] == {"A": 3}
    assert "3 images moved" in facts_of(tmp_path / "out")["split"]


def test_one_image_of_each_can_be_kept(tmp_path):
    rows = [image(n, f"images/{n}.png", split="train") for n in range(1, 5)]
    sets = [
        made_set(tmp_path, "A", images=rows, annotations=[annotation(1, 2), annotation(2, 3), annotation(3, 4)]),
        made_set(tmp_path, "B"),
    ]
    (tmp_path / "x.json").write_text(
        clusters([("A", "1.png"), ("B", "1.png")], [("A", "2.png"), ("B", "2.png")], [("B", "2.png"), ("A", "3.png")])
    )
    report = merge(sets, tmp_path / "out", duplicates=tmp_path / "x.json", drop_duplicates=True)
    document = read_document(tmp_path / "out/coco.json")
    # The only one with an object stays, else the first; 2 of A, 2 of B and 3 of A are one image.
    names = [entry["file_name"] for entry in document["images"]]
    assert names == [f"images/{name}.png" for name in ("A/2", "A/4", "B/1", "B/3", "B/4")]
    assert {a["image_id"] for a in document["annotations"]} == {entry["id"] for entry in document["images"]}
    assert (report.dropped, report.images, report.instances) == ({"A": 2, "B": 1}, 5, 5)
    assert sorted(name for name in files_of(tmp_path / "out") if "png" in name) == names


def test_images_that_only_resemble_each_other_are_all_kept(tmp_path):
    near = clusters([("A", "1.png"), ("B", "1.png")], kind="near")
    (tmp_path / "x.json").write_text(near)
    sets = [made_set(tmp_path, "A"), made_set(tmp_path, "B")]
    report = merge(sets, tmp_path / "out", duplicates=tmp_path / "x.json", drop_duplicates=True)
    assert report.dropped == {}


def test_what_is_of_no_image_or_class_is_left_out_and_said(tmp_path):
    marks = [annotation(1, 1), annotation(2, 99), annotation(3, 1, category_id=5)]
    report = merge([made_set(tmp_path, "A", annotations=marks)], tmp_path / "out")
    assert (report.unusable, report.instances) == ({"A": 2}, 1)
    assert any("2 of A" in warning for warning in report.warnings)


def test_licences_and_citations_of_all_and_who_may_not_have_it(tmp_path):
    sets = [
        made_set(tmp_path, "A", facts={"licence": "CC BY-NC-SA 4.0", "citation": "One et al.", "links": ["http://a"]}),
        made_set(tmp_path, "B", facts={"licence": "own terms, no redistribution", "citation": "Two et al."}),
        made_set(tmp_path, "C", facts={"licence": "", "anatomy": "liver, kidney"}),
        made_set(tmp_path, "D", facts={"anatomy": "kidney"}, info={"generator": "ultrasam 9"}),
    ]
    report = merge(sets, tmp_path / "out")
    facts = facts_of(tmp_path / "out")
    assert report.licence.startswith("CC-BY-NC-SA-4.0 (because of A)")
    assert "unclear: B" in report.licence
    assert facts["licence"] == report.licence == read_document(tmp_path / "out/coco.json")["info"]["licence"]
    assert facts["citation"] == ["One et al.", "Two et al."]
    assert (facts["links"], facts["anatomy"]) == (["http://a"], "liver, kidney")
    assert (facts["not_to_be_shared"], facts["sharing_unclear"]) == (["B"], ["C"])
    assert [entry["sharing"] for entry in facts["datasets"]] == ["allowed", "forbidden", "unclear", "allowed"]
    assert [entry["generator"] for entry in facts["datasets"]] == ["", "", "", "ultrasam 9"]
    assert any("Not to be given to others" in warning and "B" in warning for warning in report.warnings)
    json.dumps(report.as_dict())


def broken(folder):
    one, two = made_set(folder, "A"), made_set(folder / "more", "A")
    missing = made_set(folder, "M")
    (missing / "images" / "3.png").unlink()
    twice = made_set(folder, "T", images=[image(1, "images/1.png"), image(2, "1.png")])
    (twice / "1.png").write_text("another")
    stale = made_set(folder, "S")
    (stale / "duplicates.json").write_text(clusters([("S", "gone.png"), ("S", "1.png")]))
    return {
        "two of one name": ([one, two], r"both called A: leave one out"),
        "none": ([], "but got none"),
        "an image is missing": ([missing], r"all images of M, but images/3.png cannot be used: Its file is missing"),
        "two files of one name": ([twice], r"T has two called 1.png"),
        "old duplicates": ([stale], "there is no gone.png"),
        "merged ones": ([made_set(folder, "X", facts={"datasets": []})], "is merged of several: give those themselves"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "case", ["two of one name", "none", "an image is missing", "two files of one name", "old duplicates", "merged ones"]
)
def test_nothing_is_left_of_a_merge_that_fails(tmp_path, case):
    folders, reason = broken(tmp_path)[case]
    with pytest.raises(InputError, match=reason):
        merge(folders, tmp_path / "outs" / "out")
    assert list((tmp_path / "outs").iterdir()) == []


def test_only_new_or_empty_folders_are_written_to(tmp_path):
    source = made_set(tmp_path, "A")
    (tmp_path / "out").mkdir()
    merge([source], tmp_path / "out")
    before = files_of(tmp_path / "out")
    with pytest.raises(InputError, match="a new or empty folder"):
        merge([source], tmp_path / "out")
    assert files_of(tmp_path / "out") == before
    with pytest.raises(InputError, match="there is no file at nowhere"):
        merge([source], tmp_path / "other", duplicates="nowhere.json")


def test_the_same_images_under_two_names_are_refused(tmp_path, monkeypatch):
    cards = {"One": made_card("One"), "Two": made_card("Two", duplicate_of="One")}
    monkeypatch.setattr("ultrasam.corpus.cards.catalogue.catalogue", lambda: cards)
    one, two = made_set(tmp_path, "One"), made_set(tmp_path, "Two")
    with pytest.raises(InputError, match="Two holds the same images as One: leave one of them out"):
        merge([one, two], tmp_path / "out")
    merge([two], tmp_path / "out")


def test_real_sets_keep_all_their_objects(tmp_path):
    names = ("BUS-UCLM", "USGRA")
    report = merge([shared(f"corpus/{name}") for name in names], tmp_path / "out", classes="organ", link=False)
    read = [CocoFolder.read(shared(f"corpus/{name}")) for name in names]
    assert [entry.images for entry in report.sets] == [len(folder.images) for folder in read]
    assert report.categories == {"breast": 281, "nerve": 328, "vessel": 285}
    assert not CocoFolder.read(tmp_path / "out").skipped
