import json
import os
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
from pycocotools.coco import COCO

from tests.corpus.converters.made import block, picture, texture
from tests.corpus.preparing.made_busi import made_busi
from ultrasam.corpus import CocoFolder
from ultrasam.corpus.cards.catalogue import find_card
from ultrasam.corpus.preparing import LayoutError, Options, prepare
from ultrasam.corpus.preparing.converting import Task
from ultrasam.corpus.preparing.engines import portions
from ultrasam.corpus.reading import PictureFile
from ultrasam.corpus.sample import Sample
from ultrasam.corpus.source import SourceFile
from ultrasam.corpus.splitting import SplitSettings, write_splits
from ultrasam.errors import InputError
from ultrasam.files import alone

CARD = find_card("BUSI")
SAMPLE = Sample("a", PictureFile(SourceFile("a.png", 1, "crc:0", None)))


@pytest.fixture
def source(tmp_path):
    return made_busi(tmp_path / "source")


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def test_pycocotools_reads_images_and_masks_as_they_were_drawn(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    coco = COCO(str(tmp_path / "corpus/BUSI/coco.json"))
    entry = next(image for image in coco.loadImgs(coco.getImgIds()) if image["source"].endswith("benign (2).png"))
    masks = [coco.annToMask(found) for found in coco.loadAnns(coco.getAnnIds(entry["id"]))]
    np.testing.assert_array_equal(masks[0], block() > 0)
    np.testing.assert_array_equal(masks[1], block(slice(14, 20), slice(2, 6)) > 0)
    assert [found["area"] for found in coco.loadAnns(coco.getAnnIds(entry["id"]))] == [8 * 14, 6 * 4]
    assert [found["bbox"] for found in coco.loadAnns(coco.getAnnIds(entry["id"]))] == [[6, 4, 14, 8], [2, 14, 4, 6]]


def test_the_project_reads_it_without_a_complaint(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    folder = CocoFolder.read(tmp_path / "corpus/BUSI")
    assert (folder.name, len(folder.images), folder.skipped) == ("BUSI", 4, ())
    assert sum(len(image.instances) for image in folder.images) == 4


def test_a_report_counts_what_is_there(source, tmp_path):
    report = prepare(CARD, source, tmp_path / "corpus")
    assert (report.images, report.negatives, report.converted, report.reused) == (4, 1, 4, 0)
    assert report.instances == {"breast_lesion_benign": 3, "breast_lesion_malignant": 1, "breast_lesion": 0}
    assert sum(report.splits.values()) == 4
    assert (report.skipped, report.unexpected, report.remarks) == ((), (), ())
    assert json.loads((tmp_path / "corpus/BUSI/report.json").read_text())["images"] == 4


def test_a_png_keeps_its_bytes(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    made = (tmp_path / "corpus/BUSI/images/normal__normal_1.png").read_bytes()
    assert made == (source / "normal/normal (1).png").read_bytes()


def test_the_same_bytes_with_any_number_of_workers_and_from_an_archive(source, tmp_path):
    shutil.make_archive(str(tmp_path / "BUSI"), "zip", source.parent)
    prepare(CARD, source.parent, tmp_path / "one")
    prepare(CARD, source.parent, tmp_path / "two", Options(workers=2))
    prepare(CARD, tmp_path / "BUSI.zip", tmp_path / "zip")
    one = contents(tmp_path / "one")
    assert len(one) == 4 + 4
    assert contents(tmp_path / "two") == one
    assert contents(tmp_path / "zip") == one


def test_only_what_changed_is_converted_again(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    images = tmp_path / "corpus/BUSI/images"
    kept = images / "benign__benign_1.png"
    before = kept.stat().st_mtime_ns
    picture(source / "malignant/malignant (1)_mask.png", block(slice(0, 2)))
    picture(source / "benign/benign (3).png", texture(seed=9))
    picture(source / "benign/benign (3)_mask.png", block())
    (source / "normal/normal (1).png").unlink()
    (source / "normal/normal (1)_mask.png").unlink()
    report = prepare(CARD, source, tmp_path / "corpus")
    assert (report.converted, report.reused) == (2, 2)
    assert kept.stat().st_mtime_ns == before
    assert not (images / "normal__normal_1.png").exists()
    prepare(CARD, source, tmp_path / "anew")
    assert contents(tmp_path / "corpus") == contents(tmp_path / "anew")


def test_an_image_that_was_removed_from_the_corpus_comes_back(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    (tmp_path / "corpus/BUSI/images/benign__benign_1.png").unlink()
    assert prepare(CARD, source, tmp_path / "corpus").converted == 1


def test_a_stopped_run_goes_on(source, tmp_path, monkeypatch):
    monkeypatch.setattr("ultrasam.corpus.preparing.engines._PORTION", 1)

    def stop(done, of):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(CARD, source, tmp_path / "corpus", on_progress=stop)
    journal = tmp_path / "corpus/BUSI/.prepared.jsonl"
    assert len(journal.read_text().splitlines()) == 2
    assert not (tmp_path / "corpus/BUSI/coco.json").exists()
    # As a machine that lost its power leaves it.
    journal.write_text(journal.read_text()[:-40])
    report = prepare(CARD, source, tmp_path / "corpus")
    assert (report.converted, report.reused) == (3, 1)
    prepare(CARD, source, tmp_path / "anew")
    assert contents(tmp_path / "corpus") == contents(tmp_path / "anew")


def test_other_choices_convert_everything_anew(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    report = prepare(CARD, source, tmp_path / "corpus", Options(components=True))
    assert report.converted == 4
    assert json.loads((tmp_path / "corpus/BUSI/coco.json").read_text())["info"]["options"] == {
        "components": True,
        "min_area": 0,
    }


@pytest.mark.parametrize(
    ("options", "areas"),
    [
        (Options(), [34]),
        (Options(components=True), [24, 9, 1]),
        (Options(components=True, min_area=5), [24, 9]),
    ],
)
def test_an_object_in_pieces_is_one_unless_pieces_are_asked_for(source, tmp_path, options, areas):
    mask = block(slice(0, 4), slice(0, 6)) | block(slice(10, 13), slice(10, 13)) | block(slice(20, 21), slice(30, 31))
    picture(source / "malignant/malignant (1)_mask.png", mask)
    report = prepare(CARD, source, tmp_path / "corpus", options)
    document = json.loads((tmp_path / "corpus/BUSI/coco.json").read_text())
    assert [entry["area"] for entry in document["annotations"] if entry["category_id"] == 2] == areas
    small = [remark for remark in report.remarks if remark.kind == "small piece, left out"]
    assert [remark.pixels for remark in small] == ([1] if options.min_area else [])


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"min_area": 5}, {"components": True, "min_area": -1}])
def test_choices_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InputError, match="Expected"):
        Options(**wrong)


def test_what_cannot_be_used_is_said_and_the_rest_is_converted(source, tmp_path):
    image = source / "benign/benign (1).png"
    image.write_bytes(image.read_bytes()[:60])
    picture(source / "malignant/malignant (1)_mask.png", block(size_hw=(10, 50)))
    (source / "normal/normal (1)_mask.png").unlink()
    picture(source / "benign/benign (8)_mask.png", block())
    (source / "holiday.txt").write_text("beach")
    report = prepare(CARD, source, tmp_path / "corpus")
    reasons = {entry.path.rpartition("/")[2]: entry.reason for entry in report.skipped}
    assert report.images == 1
    assert "cut off" in reasons["benign (1).png"]
    assert "10 x 50" in reasons["malignant (1).png"]
    assert "mask" in reasons["normal (1).png"]
    assert "image" in reasons["benign (8)_mask.png"]
    assert report.unexpected == ("holiday.txt",)
    assert "holiday.txt" in report.as_markdown()


@pytest.mark.parametrize(("value", "options"), [(1, {}), (255, {"components": True, "min_area": 1000})])
def test_an_image_whose_objects_were_lost_is_no_negative(source, tmp_path, value, options):
    picture(source / "malignant/malignant (1)_mask.png", block(value=value))
    report = prepare(CARD, source, tmp_path / "corpus", Options(**options))
    assert report.negatives == 1
    [reason] = [entry.reason for entry in report.skipped if entry.path.endswith("malignant (1).png")]
    assert "nothing is left" in reason


def test_a_source_without_a_usable_image_is_no_corpus(source, tmp_path):
    for image in source.rglob("* (?).png"):
        image.write_bytes(b"nothing")
    with pytest.raises(InputError, match="all 4 samples were left out"):
        prepare(CARD, source, tmp_path / "corpus")


def test_another_layout_is_shown_beside_the_expected_one(tmp_path):
    picture(tmp_path / "source/pictures/1.png", texture())
    with pytest.raises(LayoutError, match=r"(?s)benign \(1\)\.png.*but found.*pictures") as caught:
        prepare(CARD, tmp_path / "source", tmp_path / "corpus")
    assert "unconfirmed" not in str(caught.value)
    assert not (tmp_path / "corpus/BUSI").exists()
    with pytest.raises(LayoutError, match="unconfirmed"):
        prepare(replace(CARD, is_layout_confirmed=False), tmp_path / "source", tmp_path / "corpus")


def test_an_unconfirmed_layout_is_said_in_the_report(source, tmp_path):
    report = prepare(replace(CARD, is_layout_confirmed=False), source, tmp_path / "corpus")
    assert "unconfirmed" in report.warnings[0]


def test_two_conversions_of_one_set_do_not_mix(source, tmp_path):
    with alone(tmp_path / "corpus/BUSI"), pytest.raises(InputError, match="another process"):
        prepare(CARD, source, tmp_path / "corpus")


def test_a_class_that_is_not_on_the_card_is_a_mistake_of_the_converter(source, tmp_path):
    with pytest.raises(ValueError, match="no class of the card"):
        prepare(replace(CARD, classes=CARD.classes[1:]), source, tmp_path / "corpus")


def test_no_scratch_is_left(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    assert {path.name for path in (tmp_path / "corpus/BUSI").iterdir()} == {
        *("images", "coco.json", "dataset.json", "report.json", "report.md"),
        *(".prepared.jsonl", ".lock"),
    }


def duplicates_of(*names):
    return json.dumps({"clusters": [[{"set": "BUSI", "image": f"images/{name}.png"} for name in names]]})


def test_known_duplicates_stay_on_one_side(source, tmp_path):
    names = ["benign__benign_1", "benign__benign_2", "malignant__malignant_1", "normal__normal_1"]
    prepare(CARD, source, tmp_path / "corpus")
    document = json.loads((tmp_path / "corpus/BUSI/coco.json").read_text())
    assert len({entry["split"] for entry in document["images"]}) > 1
    (tmp_path / "corpus/BUSI/duplicates.json").write_text(duplicates_of(*names))
    prepare(CARD, source, tmp_path / "corpus")
    document = json.loads((tmp_path / "corpus/BUSI/coco.json").read_text())
    assert len({entry["split"] for entry in document["images"]}) == 1


def test_a_list_of_duplicates_that_is_out_of_date_is_said_and_stops_nothing(source, tmp_path):
    (tmp_path / "corpus/BUSI").mkdir(parents=True)
    (tmp_path / "corpus/BUSI/duplicates.json").write_text(duplicates_of("benign__benign_1", "gone"))
    report = prepare(CARD, source, tmp_path / "corpus")
    assert report.images == 4
    assert any("Duplicates were not kept together" in warning for warning in report.warnings)


def test_a_split_that_was_made_since_is_kept(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    folder = tmp_path / "corpus/BUSI"
    write_splits(folder, seed=5, val=0.25, test=0.0, files=True)
    parts = {entry["source"]: entry["split"] for entry in json.loads((folder / "coco.json").read_text())["images"]}
    (source / "normal/normal (1).png").unlink()
    (source / "normal/normal (1)_mask.png").unlink()
    prepare(CARD, source, tmp_path / "corpus")
    now = {entry["source"]: entry["split"] for entry in json.loads((folder / "coco.json").read_text())["images"]}
    assert set(now.values()) == {"train", "val"}
    assert json.loads((folder / "dataset.json").read_text())["split_settings"]["seed"] == 5
    assert len(parts) == len(now) + 1
    # The files of the parts are those of the set as it is now.
    of_parts = [json.loads(path.read_text())["images"] for path in sorted((folder / "annotations").iterdir())]
    assert sorted(entry["source"] for part in of_parts for entry in part) == sorted(now)


def test_a_file_that_was_away_for_a_moment_is_not_lost_for_ever(source, tmp_path):
    image = source / "benign/benign (1).png"
    whole = image.read_bytes()
    image.write_bytes(whole[:60])
    times = image.stat()
    assert prepare(CARD, source, tmp_path / "corpus").images == 3
    image.write_bytes(whole[:60])
    os.utime(image, ns=(times.st_atime_ns, times.st_mtime_ns))
    report = prepare(CARD, source, tmp_path / "corpus")
    assert (report.images, report.converted, report.reused) == (3, 1, 3)


@pytest.mark.parametrize("out", ["source", "source/Dataset_BUSI_with_GT", "."])
def test_the_corpus_may_not_lie_in_its_source(tmp_path, out):
    made_busi(tmp_path / "BUSI" / "source")
    with pytest.raises(InputError, match="apart from"):
        prepare(CARD, tmp_path / "BUSI", tmp_path / "BUSI" / out if out != "." else tmp_path)
    assert len(list((tmp_path / "BUSI").rglob("*.png"))) == 9


@pytest.mark.parametrize("form", ["coco", "parquet"])
def test_a_folder_that_somebody_else_made_is_not_touched(source, tmp_path, form):
    theirs = picture(tmp_path / "corpus/BUSI/images/mine.png", texture())
    (tmp_path / "corpus/BUSI/coco.json").write_text("{}")
    with pytest.raises(InputError, match="came from elsewhere"):
        prepare(CARD, source, tmp_path / "corpus", Options(format=form))
    assert theirs.exists()


def test_files_that_a_user_put_beside_the_images_stay(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    theirs = picture(tmp_path / "corpus/BUSI/images/mine.png", texture())
    prepare(CARD, source, tmp_path / "corpus", Options(format="parquet"))
    assert [path.name for path in theirs.parent.iterdir()] == ["mine.png"]


def test_what_a_killed_run_left_half_written_is_swept(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    partial = tmp_path / "corpus/BUSI/images/.partial-0123.png"
    partial.write_bytes(b"half")
    prepare(CARD, source, tmp_path / "corpus")
    assert not partial.exists()


def test_shares_that_leave_nothing_to_train_on_are_refused_before_anything_is_done():
    with pytest.raises(InputError, match="leave some to train on"):
        Options(split=SplitSettings(val=0.6, test=0.6))


def test_a_journal_with_other_bytes_in_it_is_no_obstacle(source, tmp_path):
    prepare(CARD, source, tmp_path / "corpus")
    with (tmp_path / "corpus/BUSI/.prepared.jsonl").open("ab") as file:
        file.write(b"\xc3")
    assert prepare(CARD, source, tmp_path / "corpus").converted == 0


def test_a_file_with_many_samples_is_done_in_parts():
    tasks = [Task(replace(SAMPLE, name=str(number)), str(number), str(number)) for number in range(2100)]
    assert [len(portion) for portion in portions(tasks)] == [1024, 1024, 52]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes only there")
def test_names_of_another_encoding_are_converted_and_written(source, tmp_path):
    latin = os.fsencode(str(source / "benign")) + b"/\xfcber (1)"
    for suffix in (b".png", b"_mask.png"):
        shutil.copy(os.fsencode(str(source / "benign/benign (1)")) + suffix, latin + suffix)
    report = prepare(CARD, source, tmp_path / "corpus")
    assert report.images == 5
    sources = [e["source"] for e in json.loads((tmp_path / "corpus/BUSI/coco.json").read_text())["images"]]
    assert "benign/\\udcfcber (1).png" in [name.partition("/")[2] or name for name in sources] + sources
    assert prepare(CARD, source, tmp_path / "corpus").converted == 0
