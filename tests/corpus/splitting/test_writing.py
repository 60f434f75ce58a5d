import json

import pytest
from pycocotools.coco import COCO

from tests.corpus.coco.coco_files import annotation, image, write
from tests.corpus.splitting.made import made, parts, patients
from ultrasam.corpus import CocoFolder, find_coco
from ultrasam.corpus.coco.document import read_document, write_document
from ultrasam.corpus.splitting import split, write_splits
from ultrasam.errors import InputError

NAMES = [f"images/{number:03}.png" for number in range(1, 41)]


def folder(path, rows=None, **more):
    document = {"info": {"mine": 1}, **made(patients(*[2] * 20) if rows is None else rows)}
    write(path, document, files=NAMES, facts={"name": "SET", "licence": "CC0", "split": "old"}, **more)
    return document


def test_both_files_are_brought_up_to_date_and_keep_the_rest(tmp_path):
    document = folder(tmp_path)
    report = write_splits(tmp_path, seed=2, val=0.1)
    split(document, seed=2, val=0.1)
    assert read_document(tmp_path / "coco.json") == document
    facts = json.loads((tmp_path / "dataset.json").read_text())
    settings = {"seed": 2, "val": 0.1, "test": 0.1, "honour_official": True}
    assert facts == {
        "name": "SET",
        "licence": "CC0",
        "split": report.text,
        "splits": report.images,
        "split_settings": settings,
    }
    assert {p: len(CocoFolder.read(tmp_path, split=p).images) for p in report.images} == report.images
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coco.json", "dataset.json", "images"]


def test_the_same_split_is_the_same_bytes(tmp_path):
    contents = []
    for name in ("a", "b"):
        folder(tmp_path / name)
        write_splits(tmp_path / name, files=True)
        contents.append({p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.json")})
    assert contents[0] == contents[1]
    write_splits(tmp_path / "a", files=True)
    assert (tmp_path / "a" / "coco.json").read_bytes() == (tmp_path / "b" / "coco.json").read_bytes()


def test_one_file_per_part_for_other_tools(tmp_path, capsys):
    folder(tmp_path)
    report = write_splits(tmp_path, files=True)
    assert find_coco(tmp_path) == [tmp_path / "coco.json"]
    whole = read_document(tmp_path / "coco.json")
    for part, count in report.images.items():
        file = tmp_path / "annotations" / f"instances_{part}.json"
        names = {entry["file_name"] for entry in COCO(str(file)).dataset["images"]}
        assert names == {name for name, its in parts(whole).items() if its == part}
        assert len(names) == count
        read = CocoFolder.read(file)
        assert not read.skipped
        assert sum(len(entry.instances) for entry in read.images) == count


def test_files_of_an_earlier_split_do_not_stay_behind(tmp_path):
    folder(tmp_path)
    write_splits(tmp_path, files=True)
    report = write_splits(tmp_path, val=0, seed=9)
    assert sorted(path.name for path in (tmp_path / "annotations").iterdir()) == [
        "instances_test.json",
        "instances_train.json",
    ]
    assert len(CocoFolder.read(tmp_path / "annotations" / "instances_test.json").images) == report.images["test"]


def test_duplicates_beside_the_files_are_heeded(tmp_path):
    document = folder(tmp_path, [{"shows": "a"} for _ in NAMES])
    clusters = [[{"set": "SET", "image": f"{i:03}.png"}, {"set": "X", "image": "no.png"}, {"set": "SET", "image": n}]
                for i, n in enumerate(NAMES[20:], 1)]  # fmt: skip
    (tmp_path / "duplicates.json").write_text(json.dumps({"clusters": clusters}))
    write_splits(tmp_path, val=0.2, test=0.2)
    part_of = parts(read_document(tmp_path / "coco.json"))
    assert all(part_of[NAMES[place]] == part_of[NAMES[place + 20]] for place in range(20))
    assert len(document["images"]) == 40


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"clusters": [[{"set": "SET", "image": "gone.png"}]]}', "there is no gone.png: have  ultrasam data dedup"),
        ('{"clusters": [[{"set": "SET"}]]}', r"but got: KeyError\('image'\)"),
        ("[]", "duplicates.json, but got"),
        ("{", "duplicates.json, but got"),
    ],
)
def test_a_list_of_duplicates_that_does_not_fit_is_refused(tmp_path, text, reason):
    folder(tmp_path)
    before = (tmp_path / "coco.json").read_bytes()
    (tmp_path / "duplicates.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        write_splits(tmp_path)
    assert (tmp_path / "coco.json").read_bytes() == before


def test_a_file_of_another_name_is_split_in_place_but_not_beside_others(tmp_path):
    folder(tmp_path, name="annotations/mine.json")
    write_splits(tmp_path)
    assert set(parts(read_document(tmp_path / "annotations" / "mine.json")).values()) == {"train", "val", "test"}
    with pytest.raises(InputError, match=r"called coco.json .* but got mine.json"):
        write_splits(tmp_path, files=True)


def test_the_file_that_is_named_is_split_and_no_other(tmp_path):
    document = folder(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in ("coco.json", "dataset.json")}
    write_document(tmp_path / "custom.json", document)
    write_splits(tmp_path / "custom.json")
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert set(parts(read_document(tmp_path / "custom.json")).values()) == {"train", "val", "test"}


def test_one_set_at_a_time(tmp_path):
    folder(tmp_path / "a")
    folder(tmp_path / "b")
    with pytest.raises(InputError, match="found 2: give the folder of one of them"):
        write_splits(tmp_path)


def test_coco_files_of_others_need_nothing_of_ours(tmp_path):
    images = [image(f"x{number}", f"{number}.png") for number in range(10)]
    content = {"images": images, "annotations": [annotation(1, "x1")], "categories": [{"id": 1, "name": "a"}]}
    write(tmp_path / "theirs", content, files=[f"images/{number}.png" for number in range(10)])
    assert sum(write_splits(tmp_path / "theirs").images.values()) == 10
    assert "splits" in json.loads((tmp_path / "theirs" / "dataset.json").read_text())
