"""``ultrasam data``: one data set from the catalogue to a merged corpus."""

import json
import re

import pytest
from PIL import Image

from tests.corpus.converters.made import picture, texture
from tests.corpus.preparing.made_busi import made_busi
from ultrasam.corpus.cards.catalogue import catalogue, find_card


@pytest.fixture
def prepared(command, tmp_path):
    """A converted data set in ``corpus/BUSI``."""
    made_busi(tmp_path / "downloads/BUSI")
    assert command("data", "prepare", "busi", "--source", "downloads", "--out", "corpus")[0] == 0
    return tmp_path / "corpus/BUSI"


def test_list_shows_every_data_set(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = command("data", "list")
    assert code == 0
    for name in catalogue():
        assert name in out


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["--anatomy", "thyroid"], lambda card: any("thyroid" in entry.structure for entry in card.classes)),
        (["--access", "on request"], lambda card: card.access == "on request"),
        (["--licence", "cc by-nc"], lambda card: "cc by-nc" in card.licence.lower()),
    ],
)
def test_list_can_be_narrowed(command, words, chosen):
    _, out, _ = command("data", "list", *words, "--json")
    names = {entry["name"] for entry in json.loads(out)}
    expected = {card.name for card in catalogue().values() if chosen(card)}
    assert expected <= names < set(catalogue())


def test_commercial_ok_leaves_out_what_forbids_it_or_says_nothing(command):
    _, out, _ = command("data", "list", "--commercial-ok", "--json")
    names = {entry["name"] for entry in json.loads(out)}
    assert {"HC18", "BrEaST"} <= names
    assert not names & {"CAMUS", "EchoNet-Dynamic", "BUSI", "UDIAT", "BUS-UCLM"}


def test_list_tells_what_is_here(command, prepared):
    _, out, _ = command("data", "list", "--corpus", prepared.parent, "--json")
    assert {entry["name"]: entry["here"] for entry in json.loads(out) if entry["here"]} == {"BUSI": "4 images"}


@pytest.mark.parametrize("name", list(catalogue()))
def test_info_shows_the_whole_card(command, name):
    code, out, _ = command("data", "info", name)
    shown = re.sub(r"\s+", " ", out)
    card = find_card(name)
    assert code == 0
    assert re.sub(r"\s+", " ", card.layout.strip()) in shown
    for flaw in card.flaws:
        assert re.sub(r"\s+", " ", flaw.what) in shown


def test_info_of_an_unknown_set_names_the_nearest(command):
    code, _, err = command("data", "info", "bus-bar")
    assert code == 2
    assert "did you mean" in err
    assert "BUS-BRA" in err


def test_fetch_says_how_to_get_what_no_program_can_get(command):
    code, out, _ = command("data", "fetch", "UDIAT")
    assert code == 1
    assert find_card("UDIAT").how_to_get.split()[0] in out
    assert find_card("UDIAT").licence in out


def test_prepare_reports_and_goes_on(command, prepared):
    code, out, _ = command("data", "prepare", "BUSI", "-s", "downloads/BUSI", "-o", "corpus")
    assert code == 0
    assert "0 samples converted now, 4 unchanged" in out
    _, out, _ = command("data", "prepare", "BUSI", "-s", "downloads", "-o", "corpus", "--json")
    assert json.loads(out)[0]["instances"]["breast_lesion_benign"] == 3


def test_prepare_all_takes_what_it_finds_and_tells_what_does_not_fit(command, tmp_path):
    made_busi(tmp_path / "downloads/BUSI")
    picture(tmp_path / "downloads/STU-Hospital/other/1.png", texture())
    code, out, err = command("data", "prepare", "all", "--source", "downloads", "--out", "corpus")
    assert code == 1
    assert "# BUSI" in out
    assert "STU-Hospital: Expected STU-Hospital in this layout" in err
    assert (tmp_path / "corpus/BUSI/coco.json").exists()


def test_prepare_of_another_layout_is_one_clear_failure(command, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = command("data", "prepare", "BUSI", "--source", "empty", "--out", "corpus")
    assert code == 2
    assert "Traceback" not in err
    code, _, err = command("data", "prepare", "BUSI", "--source", "nowhere", "--out", "corpus")
    assert code == 2
    assert "nowhere" in err


def test_a_command_that_is_stopped_says_so(command, prepared, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("ultrasam.corpus.preparing.prepare", stop)
    code, _, err = command("data", "prepare", "BUSI", "--source", "downloads", "--out", "corpus")
    assert (code, err) == (130, "ultrasam: stopped.\n")


def test_verify_passes_what_is_whole_and_fails_what_is_not(command, prepared):
    code, out, _ = command("data", "verify", "corpus")
    assert code == 0
    assert "BUSI: sound; 4 images, 4 objects" in out
    image = prepared / "images/benign__benign_1.png"
    image.write_bytes(image.read_bytes()[:80])
    code, out, _ = command("data", "verify", "corpus", "--json")
    assert code == 1
    assert json.loads(out)[0]["counts"]["unreadable_image"] == 1


def test_stats_writes_tables_and_plots(command, prepared):
    code, out, _ = command("data", "stats", "corpus", "--out", "stats")
    assert code == 0
    assert "breast_lesion_benign" in out
    assert "breast_lesion_benign" in (prepared.parents[1] / "stats/BUSI.md").read_text()
    with Image.open(prepared.parents[1] / "stats/BUSI.png") as plot:
        assert plot.width > 500


def test_view_writes_a_contact_sheet(command, prepared):
    code, out, _ = command("data", "view", prepared, "--out", "sheet.png", "--count", 4)
    assert (code, out.strip()) == (0, "sheet.png")
    with Image.open("sheet.png") as sheet:
        assert sheet.width > 100


def test_split_changes_the_parts(command, prepared):
    code, out, _ = command("data", "split", prepared, "--val", 0.25, "--test", 0.25, "--seed", 3, "--files")
    assert code == 0
    assert "seed 3" in out
    parts = [entry["split"] for entry in json.loads((prepared / "coco.json").read_text())["images"]]
    assert set(parts) == {"train", "val"}
    assert len(json.loads((prepared / "annotations/instances_val.json").read_text())["images"]) == parts.count("val")


def test_merge_and_card(command, prepared):
    code, out, _ = command("data", "merge", "corpus", "--out", "merged", "--classes", "organ")
    assert code == 0
    assert "BUSI" in out
    document = json.loads((prepared.parents[1] / "merged/coco.json").read_text())
    assert [entry["name"] for entry in document["categories"]] == ["breast"]
    code, out, _ = command("data", "card", "merged")
    assert code == 0
    assert "10.1016/j.dib.2019.104863" in out
    assert command("data", "card", "merged", "--out", "merged/README.md")[0] == 0
    assert (prepared.parents[1] / "merged/README.md").read_text().startswith("---\n")


def test_dedup_finds_an_image_that_is_there_twice(command, prepared):
    source = prepared.parents[1] / "downloads/BUSI/Dataset_BUSI_with_GT"
    (source / "malignant/malignant (1).png").write_bytes((source / "benign/benign (1).png").read_bytes())
    command("data", "prepare", "BUSI", "-s", "downloads", "-o", "corpus")
    code, _, _ = command("data", "dedup", "corpus", "--out", "duplicates.json")
    assert code == 0
    clusters = json.loads((prepared.parents[1] / "duplicates.json").read_text())["clusters"]
    assert [{member["image"].rpartition("/")[2] for member in cluster} for cluster in clusters] == [
        {"benign__benign_1.png", "malignant__malignant_1.png"}
    ]


def test_view_takes_only_names_of_pictures_and_says_so_before_it_draws(command, prepared, monkeypatch):
    monkeypatch.setattr("ultrasam.corpus.contact_sheet.contact_sheet", lambda *_, **__: pytest.fail("drawn"))
    for name in ("sheet", "sheet.xyz", "sheet.png.txt"):
        code, _, err = command("data", "view", prepared, "--out", name)
        assert code == 2
        assert f"ends in .png, .jpg, .jpeg, .tif, .tiff, but got {name}." in err


def test_split_of_a_file_changes_that_file_alone(command, prepared):
    whole = (prepared / "coco.json").read_bytes()
    (prepared / "custom.json").write_bytes(whole)
    command("data", "split", prepared / "custom.json", "--val", 0.25, "--seed", 1)
    assert (prepared / "coco.json").read_bytes() == whole
    assert (prepared / "custom.json").read_bytes() != whole


def test_split_reports_every_file(command, prepared):
    for name in "AB":
        (prepared.parent / name / "annotations").mkdir(parents=True)
        (prepared.parent / name / "annotations/coco.json").write_bytes((prepared / "coco.json").read_bytes())
    (prepared / "coco.json").unlink()
    _, out, _ = command("data", "split", "corpus", "--json")
    reports = json.loads(out)
    assert [entry["name"] for entry in reports] == ["A", "B"]
    assert [entry["file"] for entry in reports] == [f"corpus/{name}/annotations/coco.json" for name in "AB"]
    assert all(sum(entry["images"].values()) == 4 for entry in reports)


def test_merge_into_the_folder_that_one_is_in(command, prepared, monkeypatch, tmp_path):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert command("data", "merge", prepared, "--out", ".")[0] == 0
    # The shell still stands in the folder, not in one that is gone.
    assert command("data", "verify", ".")[0] == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["coco.json", "dataset.json", "images"]


def test_dedup_that_finds_nothing_writes_no_picture(command, prepared):
    code, out, _ = command("data", "dedup", prepared, "--sheet", "sheet.png")
    assert code == 0
    assert "0 are there already" in out
    assert not (prepared.parents[1] / "sheet.png").exists()
