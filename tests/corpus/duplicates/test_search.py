import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.corpus.duplicates.scans import coco_folder, scan
from tests.references import shared
from ultrasam.corpus.duplicates import find_duplicates, write_duplicates
from ultrasam.corpus.ties import read_clusters
from ultrasam.errors import InputError, MissingExtraError


def names(duplicates):
    return [[(member.entry.data_set, member.entry.image) for member in cluster] for cluster in duplicates.clusters]


def found(duplicates):
    return [
        [(member.entry.path.name, member.kind, member.orientation) for member in cluster]
        for cluster in duplicates.clusters
    ]


@pytest.fixture
def two_sets(tmp_path):
    one = {"a.png": scan(1), "b.png": scan(2), "c.png": scan(3), "d.png": scan(4), "e.png": scan(5)}
    other = {
        "small copy.jpg": Image.fromarray(scan(1)).resize((100, 90)),
        "mirrored.png": scan(2)[:, ::-1],
        "framed.png": np.pad(scan(3), ((20, 0), (5, 40))),
        "equal.png": np.repeat(scan(4)[..., None], 3, 2),
        "alone.png": scan(6),
    }
    return coco_folder(tmp_path / "one", one), coco_folder(tmp_path / "other", other)


def test_copies_are_found_across_data_sets(two_sets):
    duplicates = find_duplicates(two_sets)
    assert found(duplicates) == [
        [("a.png", "exact", "same"), ("small copy.jpg", "near", "same")],
        [("b.png", "exact", "same"), ("mirrored.png", "near", "mirrored")],
        [("c.png", "exact", "same"), ("framed.png", "near", "same")],
        [("d.png", "exact", "same"), ("equal.png", "exact", "same")],
    ]
    assert all(member.distance <= 32 for cluster in duplicates.clusters for member in cluster)
    assert (duplicates.images, duplicates.superfluous, duplicates.left_alone) == (10, 4, 0)


def test_the_file_is_the_same_with_any_number_of_workers_and_can_be_read(two_sets, tmp_path):
    calls = []
    duplicates = find_duplicates(two_sets, on_progress=lambda done, total: calls.append((done, total)))
    assert calls == [(number, 10) for number in range(1, 11)]
    write_duplicates(tmp_path / "1.json", duplicates)
    for folder in two_sets:
        (folder / ".fingerprints.npz").unlink()
    write_duplicates(tmp_path / "2.json", find_duplicates(two_sets, workers=2))
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    content = json.loads((tmp_path / "1.json").read_bytes())
    assert content["settings"]["sets"] == ["one", "other"]
    assert content["clusters"][3][1] == {
        "set": "other",
        "image": "images/equal.png",
        "kind": "exact",
        "distance": 0,
        "orientation": "same",
    }
    expected = [[(name, image.removeprefix("images/")) for name, image in cluster] for cluster in names(duplicates)]
    assert read_clusters(tmp_path / "1.json") == expected


def test_images_of_one_patient_or_sequence_are_left_alone_unless_asked_for(tmp_path):
    pictures = {f"{number}.png": scan(seed) for number, seed in enumerate((1, 1, 2, 2, 3, 3, 4, 4))}
    folder = coco_folder(
        tmp_path,
        pictures,
        patient=["A", "A", "A", "B", None, None, None, None],
        sequence=["1", "2", None, None, "1", "1", None, None],
    )
    duplicates = find_duplicates([folder])
    assert [[path for path, *_ in cluster] for cluster in found(duplicates)] == [
        ["2.png", "3.png"],
        ["6.png", "7.png"],
    ]
    assert duplicates.left_alone == 2
    everything = find_duplicates([folder], within_groups=True)
    assert (len(everything.clusters), everything.left_alone) == (4, 0)


def test_one_name_of_two_data_sets_is_no_one_s_patient(tmp_path):
    folders = [coco_folder(tmp_path / name, {"a.png": scan(1)}, patient=["A"]) for name in ("one", "other")]
    assert names(find_duplicates(folders)) == [[("one", "images/a.png"), ("other", "images/a.png")]]


def test_the_distance_limits_what_is_near(tmp_path):
    folder = coco_folder(tmp_path, {"a.png": scan(1), "b.png": scan(1)[1:-1, 2:-2]})
    assert not find_duplicates([folder], max_distance=4).clusters
    ((_, near),) = find_duplicates([folder]).clusters
    assert 4 < near.distance <= 32


def test_blank_images_are_duplicates_only_if_they_are_equal(tmp_path):
    noise = np.random.default_rng(0).integers(0, 3, (2, 40, 50), np.uint8)
    pictures = {"a.png": noise[0], "b.png": noise[1], "c.png": noise[0], "d.png": np.zeros((40, 50), np.uint8)}
    assert found(find_duplicates([coco_folder(tmp_path, pictures)])) == [
        [("a.png", "exact", "same"), ("c.png", "exact", "same")]
    ]


def test_what_cannot_be_read_is_said(tmp_path):
    animation = io.BytesIO()
    Image.fromarray(scan(1)).save(animation, "GIF", save_all=True, append_images=[Image.fromarray(scan(2))])
    pictures = {"a.png": scan(1), "b.png": b"no image", "c.png": scan(1), "d.gif": animation.getvalue(), "e.png": b""}
    folder = coco_folder(tmp_path, pictures, patient=[None, None, None, None, ["?"]])
    (folder / "images" / "c.png").rename(folder / "images" / "gone.png")
    duplicates = find_duplicates([folder])
    assert duplicates.images == 1
    assert not duplicates.clusters
    reasons = {entry.what: entry.reason for entry in duplicates.skipped}
    assert "Its file is missing" in reasons["image entry number 3"]
    assert "Expected patient of image 5 as text or a number" in reasons["image entry number 5"]
    assert "Expected one frame, but d.gif has 2" in reasons["image images/d.gif"]
    assert "image images/b.png" in reasons
    assert len(reasons) == 4


def test_data_sets_need_names_of_their_own(tmp_path):
    folders = [coco_folder(tmp_path / str(number), {"a.png": scan(1)}, name="X") for number in range(2)]
    with pytest.raises(InputError, match="Expected data sets of different names, but several are called X"):
        find_duplicates(folders)
    with pytest.raises(InputError, match=r"Expected one data set in .*, but found 2"):
        find_duplicates([tmp_path])


def test_the_package_that_is_needed_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "imagehash", None)
    with pytest.raises(MissingExtraError, match=r'need the package imagehash: .* "ultrasam\[data\]"'):
        find_duplicates([tmp_path])


def test_real_duplicates_are_found_and_different_hearts_are_not(tmp_path):
    # Looked at: BUSI has scans under several names, USGRA with other frames; CAMUS one patient under two names.
    chosen = {
        "BUSI": ["benign_139", "benign_157", "benign_65", "benign_99", "benign_85", "malignant_52", "benign_1"],
        "USGRA": ["0014", "0083", "0035", "test_0144", "0001"],
        "CAMUS": ["patient0033_4CH_ED", "patient0068_4CH_ED", "patient0312_4CH_ED", "patient0440_4CH_ED"],
    }
    folders = []
    for name, stems in chosen.items():
        source = shared(f"corpus/{name}")
        content = json.loads((source / "coco.json").read_bytes())
        content["images"] = [
            entry for stem in stems for entry in content["images"] if entry["file_name"] == f"{stem}.webp"
        ]
        content["annotations"] = []
        (tmp_path / name / "images").mkdir(parents=True)
        for entry in content["images"]:
            shutil.copy(source / "images" / entry["file_name"], tmp_path / name / "images")
        (tmp_path / name / "coco.json").write_text(json.dumps(content))
        folders.append(tmp_path / name)
    clusters = [[image.removesuffix(".webp") for _, image in cluster] for cluster in names(find_duplicates(folders))]
    assert clusters == [
        chosen["BUSI"][:4],
        chosen["BUSI"][4:6],
        chosen["USGRA"][:2],
        chosen["USGRA"][2:4],
        chosen["CAMUS"][:2],
    ]
